"""Which sentence holds of a polynomial through noisy points. Plain values in, text out."""

from collections.abc import Sequence

from regdemo.content.say import say

EXACT = 1e-9  # a training loss below this is that of a curve through every point


def leads(lams: Sequence[float], train: Sequence[float], test: Sequence[float]) -> list[str]:
    """The sentence that says what each λ does: too little, the best, or too much."""
    best = min(range(len(test)), key=lambda k: test[k])

    def lead(k: int) -> str:
        figures = {"lam": lams[k], "test": test[k]}
        if train[k] < EXACT:
            return say("overview.lead.through", **figures)
        if k == best:
            return say("overview.lead.best", **figures)
        return say("overview.lead.wild" if k < best else "overview.lead.flat", best=lams[best], **figures)

    return [lead(k) for k in range(len(lams))]
