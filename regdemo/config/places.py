"""Where the app's own files lie: in a checkout, or inside the installed package."""

from pathlib import Path

PACKAGE = Path(__file__).parent.parent
#: The folder that holds streamlit_app.py, pages/ and assets/.
ROOT = next((folder for folder in (PACKAGE / "site", PACKAGE.parent) if (folder / "streamlit_app.py").exists()), PACKAGE.parent)
ASSETS = ROOT / "assets"
CACHE = Path(".cache")  # where a command is run: what may be thrown away
