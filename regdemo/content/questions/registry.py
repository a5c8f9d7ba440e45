"""All questions, by page."""

from regdemo.content.questions.base import Question
from regdemo.content.questions.dropout import DROPOUT
from regdemo.content.questions.sparsity import SPARSITY
from regdemo.content.questions.weight_decay import WEIGHT_DECAY

#: page -> its questions
QUESTIONS: dict[str, tuple[Question, ...]] = {"weight_decay": WEIGHT_DECAY, "l1_vs_l2": SPARSITY, "dropout": DROPOUT}
#: number -> a question with it, of the first page that has one, in the order in which they are listed
NUMBERED = {q.number: q for q in sorted((q for page in reversed(QUESTIONS.values()) for q in page), key=lambda q: q.number)}
