"""A config in, a program out: `script` and `notebook`. No torch here."""

from regdemo.export.program import STYLES, notebook, script

__all__ = ["STYLES", "notebook", "script"]
