"""The command `regdemo`: start the app from anywhere."""

import sys
from collections.abc import Sequence

from regdemo import __version__
from regdemo.config.places import ROOT

USAGE = "usage: regdemo [--version] [options of `streamlit run`, such as --server.port 8502]"


def main(arguments: Sequence[str] | None = None) -> None:
    """Answer --version and --help, else hand everything to `streamlit run` on the app's own script."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments == ["--version"]:
        print(f"regdemo {__version__}")
        return
    if arguments in (["--help"], ["-h"]):
        print(USAGE)
        return
    from streamlit.web import cli

    sys.argv = ["streamlit", "run", str(ROOT / "streamlit_app.py"), *arguments]
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
