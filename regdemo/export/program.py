"""The code of exactly this run: a config in, a stand-alone PyTorch script or notebook out. No torch here."""

from regdemo.config.configs import LinearConfig, NetworkConfig
from regdemo.export.linear import linear_sections
from regdemo.export.networks import network_sections

STYLES = ("scratch", "concise")
Config = LinearConfig | NetworkConfig
Sections = list[tuple[str, str]]


def script(config: Config, style: str = "scratch", *, strength: float | None = None, seed: int | None = None) -> str:
    """A program that repeats one run of `config` with the same random numbers and prints its final figures as one line of JSON.

    style: "scratch" has the formulas written out, "concise" takes layers and optimizers from torch.
    strength: one of the config's (the last, if not given); seed: as in `history` (the config's, if not given).
    A NetworkConfig is one run: it takes neither.
    """
    intro, sections = _sections(config, style, strength, seed)
    return f"{intro}\n\n" + "\n\n\n".join(f"# %% {title}\n{body}" for title, body in sections) + "\n"


def notebook(config: Config, style: str = "scratch", *, strength: float | None = None, seed: int | None = None) -> str:
    """`script` as a Jupyter notebook (JSON text), a cell for each of its sections."""
    from nbformat import v4, writes

    intro, sections = _sections(config, style, strength, seed)
    sources = [intro, *(f"# {title}\n{body}" for title, body in sections)]
    cells = [v4.new_code_cell(source.strip(), id=f"cell-{i}") for i, source in enumerate(sources)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    return writes(book) + "\n"


def _sections(config: Config, style: str, strength: float | None, seed: int | None) -> tuple[str, Sections]:
    """(docstring, [(title, code)]) of the script; raises ValueError for what the config does not have."""
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
        return network_sections(config, style)
    strength = config.strengths[-1] if strength is None else strength
    if isinstance(strength, bool) or strength not in config.strengths:
        raise ValueError(f"strength = {strength!r}: allowed is one of the config's, {', '.join(map(repr, config.strengths))}")
    return linear_sections(config, style, float(strength), int(seed))
