"""Two features, one plane: where the loss contours meet the diamond and the circle, in closed form."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

CORRELATION_MOST = 0.98  # nearer to 1 the contours are needles
STILL = 1e-14  # a slope up to this is rounding
PENALTIES = ("L1", "L2")


@dataclass(frozen=True)
class Plane:
    """loss(w) = ½ (w − ŵ)ᵀ G (w − ŵ), what ½ · mean squared error is above its least value for two features of variance 1.

    G = [[1, ρ], [ρ, 1]], ρ the features' correlation; ŵ is the least-squares solution, of length 1, given by its angle (degrees).
    """

    correlation: float = 0.0
    angle: float = 25.0

    def __post_init__(self) -> None:
        if not abs(self.correlation) <= CORRELATION_MOST:
            raise ValueError(
                f"correlation = {self.correlation!r}: allowed is a number from −{CORRELATION_MOST} to {CORRELATION_MOST}"
            )
        if not np.isfinite(self.angle):
            raise ValueError(f"angle = {self.angle!r}: allowed is a finite number of degrees")

    @cached_property
    def gram(self) -> np.ndarray:
        return np.array([[1.0, self.correlation], [self.correlation, 1.0]])

    @cached_property
    def least_squares(self) -> np.ndarray:
        """ŵ (2)."""
        return np.array([np.cos(np.deg2rad(self.angle)), np.sin(np.deg2rad(self.angle))])

    @cached_property
    def pull(self) -> np.ndarray:
        """Gŵ (2): minus the slope of the loss at w = 0."""
        return self.gram @ self.least_squares

    @property
    def lam_max(self) -> float:
        """Where L1 keeps nothing: max |Gŵ|."""
        return float(np.abs(self.pull).max())

    def loss(self, w: np.ndarray) -> np.ndarray:
        """Of points (…, 2)."""
        d = w - self.least_squares
        return np.einsum("...i,ij,...j->...", d, self.gram, d) / 2

    def contour(self, level: float) -> np.ndarray:
        """The closed ellipse {w : loss(w) = level}, (49, 2): ŵ + √(2·level) · G^(−½) · (cos t, sin t)."""
        values, vectors = np.linalg.eigh(self.gram)
        t = np.linspace(0, 2 * np.pi, 49)
        circle = np.stack([np.cos(t), np.sin(t)], 1)
        return self.least_squares + (2 * level) ** 0.5 * circle @ (vectors / values**0.5).T


def land(plane: Plane, lam: np.ndarray, penalty: str) -> np.ndarray:
    """argmin loss(w) + λ · penalty(w) for each λ in `lam` (k), "L1" or "L2": (k, 2), in closed form.

    By hand, since two weights have a formula and coordinate descent (scikit-learn's `enet_path`) only nears it. L1's weights
    enter by the size of their pull, and of two none leaves again; L2's solve (G + λI) w = Gŵ.
    """
    lam = np.asarray(lam, dtype=np.float64)
    pull, gram = plane.pull, plane.gram
    if penalty == "L2":
        return np.linalg.solve(gram + lam[:, None, None] * np.eye(2), pull[:, None])[..., 0]
    first = int(np.abs(pull).argmax())
    w = np.zeros((len(lam), 2))
    w[:, first] = np.sign(pull[first]) * np.maximum(np.abs(pull[first]) - lam, 0)
    slope = pull - w[:, [first]] * gram[first]  # (k, 2): what still pulls on each weight
    both = np.abs(slope[:, 1 - first]) > lam
    signs = np.sign(slope)
    signs[:, first] = np.sign(pull[first])
    w[both] = np.linalg.solve(gram, (pull - lam[:, None] * signs)[both].T).T
    return w + 0.0  # no minus zero


@dataclass(frozen=True, eq=False)
class Picture:
    """All that is drawn for one plane and one λ."""

    plane: Plane
    lam: float
    landing: dict[str, np.ndarray]  # "L1" | "L2" -> (2)
    size: dict[str, float]  # "L1" -> t of the diamond |w₁| + |w₂| = t, "L2" -> radius of the circle
    outlines: pd.DataFrame  # penalty, kind ("limit" | "contour"), order, w1, w2: closed lines through the landing points
    points: pd.DataFrame  # name ("L1" | "L2" | "least squares"), w1, w2
    reasons: dict[str, tuple[str, str]]  # "L1" | "L2" -> a sentence for w₁ and one for w₂


def picture(plane: Plane, lam: float) -> Picture:
    """Landing points of both penalties at one λ, with the limits they lie on, the loss contours through them, and the reasons.

    A penalised solution is the best point within its own limit: L1's within the diamond ‖w‖₁ ≤ t, L2's within the circle.
    """
    landing = {name: land(plane, np.array([lam]), name)[0] for name in PENALTIES}
    size = {"L1": float(np.abs(landing["L1"]).sum()), "L2": float(np.linalg.norm(landing["L2"]))}
    turn = np.linspace(0, 2 * np.pi, 73)
    limits = {
        "L1": size["L1"] * np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [1, 0]]),
        "L2": size["L2"] * np.stack([np.cos(turn), np.sin(turn)], 1),
    }
    lines = []
    for name, w in landing.items():
        for kind, line in (("limit", limits[name]), ("contour", plane.contour(float(plane.loss(w))))):
            columns = {"penalty": name, "kind": kind, "order": np.arange(len(line)), "w1": line[:, 0], "w2": line[:, 1]}
            lines.append(pd.DataFrame(columns))
    named = landing | {"least squares": plane.least_squares}
    points = pd.DataFrame([{"name": name, "w1": w[0], "w2": w[1]} for name, w in named.items()])
    reasons = {name: (reason(plane, lam, name, 0), reason(plane, lam, name, 1)) for name in PENALTIES}
    return Picture(plane, lam, landing, size, pd.concat(lines, ignore_index=True), points, reasons)


def landing_path(plane: Plane) -> pd.DataFrame:
    """Landing points while λ falls from λ_max to 0: penalty, lam, share (of λ_max), w1, w2; both end in ŵ."""
    share = np.linspace(1, 0, 61)
    lam = share * plane.lam_max
    parts = []
    for name in PENALTIES:
        w = land(plane, lam, name)
        parts.append(pd.DataFrame({"penalty": name, "lam": lam, "share": share, "w1": w[:, 0], "w2": w[:, 1]}))
    return pd.concat(parts, ignore_index=True)


def slope_at_zero(plane: Plane, lam: float, penalty: str, j: int) -> float:
    """|∂loss/∂w_j| at w_j = 0, with the other weight at its best for w_j = 0 under the same penalty."""
    other = plane.pull[1 - j]
    best = np.sign(other) * max(abs(other) - lam, 0.0) if penalty == "L1" else other / (1 + lam)
    return float(abs(plane.pull[j] - plane.correlation * best))


def reason(plane: Plane, lam: float, penalty: str, j: int) -> str:
    """One sentence: whether w_j lands exactly on zero and why, from the slopes at w_j = 0.

    For L1 zero is optimal exactly when |∂loss/∂w_j| ≤ λ there, the slope of λ|w_j| on either side of its corner; L2's penalty
    λ·½w_j² is flat at zero and holds nothing.
    """
    name, slope = ("w₁", "w₂")[j], slope_at_zero(plane, lam, penalty, j)
    pulls = f"there the loss pulls with {slope:.3f}"
    if penalty == "L1" and slope <= lam:
        return f"{name} is exactly zero: {pulls}, no more than the λ = {lam:.3f} with which L1 holds it."
    if penalty == "L1":
        return f"{name} is not zero: {pulls}, more than the λ = {lam:.3f} with which L1 would hold it."
    if slope <= STILL:
        return f"{name} is zero only because the loss does not pull there at all."
    return f"{name} is not zero: {pulls}, and L2 holds with λ · 0 = 0, so nothing stops it."
