"""The code of exactly this run: a config in, a stand-alone PyTorch script or notebook out. No torch here."""

import re
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension

from regdemo.config import constants
from regdemo.config.configs import Config, LinearConfig, NetworkConfig
from regdemo.export.linear import linear_values
from regdemo.export.networks import network_values

STYLES = {"scratch": "from scratch", "concise": "with torch.nn and torch.optim"}


class Only(Extension):
    """Lets a template's line end in `{% only if … %}`: then the whole line is written, or nothing of it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return re.sub(r"^(.*?) *{% only (if .*) %}$", r"{% \2 %}\1{{ '\\n' }}{% endif %}", source, flags=re.MULTILINE)


def _scientific(value: float) -> str:
    """1e4 as it is written by hand; Python would write 10000.0."""
    mantissa, exponent = f"{value:e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


TEMPLATES = Environment(
    extensions=[Only],
    loader=PackageLoader("regdemo.export"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # Python, not HTML
)
TEMPLATES.globals |= {
    **{name: value for name, value in vars(constants).items() if name.isupper()},
    "PURPOSES": ", ".join(f'"{purpose}"' for purpose in constants.PURPOSES),
    "DIVERGED_AT": _scientific(constants.DIVERGED_AT),
    "LAM_MAX_MORE": _scientific(constants.LAM_MAX_MORE),
}


def script(config: Config, style: str = "scratch", *, strength: float | None = None, seed: int | None = None) -> str:
    """A program that repeats one run of `config` with the same random numbers and prints its final figures as one line of JSON.

    style: "scratch" has the formulas written out, "concise" takes layers and optimizers from torch.
    strength: one of the config's (the last, if not given); seed: as in `history` (the config's, if not given).
    A NetworkConfig is one run: it takes neither.
    """
    if not isinstance(config, LinearConfig | NetworkConfig):
        raise ValueError(f"config = {config!r}: allowed is a LinearConfig or a NetworkConfig")
    if style not in STYLES:
        raise ValueError(f"style = {style!r}: allowed is one of {', '.join(STYLES)}")
    seeds = config.run_seeds if isinstance(config, LinearConfig) else range(config.seed, config.seed + 1)
    seed = config.seed if seed is None else seed
    if isinstance(seed, bool) or seed not in seeds:
        raise ValueError(f"seed = {seed!r}: allowed is one of the config's seeds, {seeds[0]} to {seeds[-1]}")
    if isinstance(config, NetworkConfig):
        if strength is not None:
            raise ValueError(
                f"strength = {strength!r}: allowed is None for a NetworkConfig, which has one weight_decay and one l1"
            )
        return _rendered("network", style, network_values(config))
    strength = config.strengths[-1] if strength is None else strength
    if isinstance(strength, bool) or strength not in config.strengths:
        raise ValueError(f"strength = {strength!r}: allowed is one of the config's, {', '.join(map(repr, config.strengths))}")
    return _rendered("linear", style, linear_values(config, style, float(strength), int(seed)))


def notebook(config: Config, style: str = "scratch", *, strength: float | None = None, seed: int | None = None) -> str:
    """`script` as a Jupyter notebook (JSON text), a cell for each of its sections."""
    return as_notebook(script(config, style, strength=strength, seed=seed))


def as_notebook(program: str) -> str:
    """A program as a Jupyter notebook (JSON text), a cell for each of its sections."""
    from nbformat import v4, writes

    sections = re.split(r"\n+^# %%", program, flags=re.MULTILINE)
    sources = [sections[0], *(f"#{section}" for section in sections[1:])]
    cells = [v4.new_code_cell(source.strip(), id=f"cell-{i}") for i, source in enumerate(sources)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    return writes(book) + "\n"


def bias_variance_script(sets: Mapping[str, object], lam: float) -> str:
    """A NumPy program that fits ridge to many training sets and prints bias², variance and noise as one line of JSON.

    sets: n_points, degree, noise, fresh_x and seed.
    """
    return TEMPLATES.get_template("bias_variance.py.j2").render(sets, lam=lam)


def _rendered(kind: str, style: str, values: dict[str, object]) -> str:
    template = TEMPLATES.get_template(f"{kind}_{style}.py.j2")
    return template.render(values, how=STYLES[style], concise=style == "concise")
