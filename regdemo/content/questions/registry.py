"""All questions, by page."""

from regdemo.content.questions.base import Confusion
from regdemo.content.questions.dropout import DROPOUT
from regdemo.content.questions.sparsity import SPARSITY
from regdemo.content.questions.weight_decay import WEIGHT_DECAY

#: page -> its questions
QUESTIONS: dict[str, tuple[Confusion, ...]] = {"weight_decay": WEIGHT_DECAY, "l1_vs_l2": SPARSITY, "dropout": DROPOUT}
