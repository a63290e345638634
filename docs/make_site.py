"""The site of these pages: `python docs/make_site.py [FOLDER]`, which is site/ where none is named.

Sphinx, MyST and Furo must be there (`pip install -e '.[test]'`). A link that leads nowhere, or a
page that is not in the navigation, is an error.
"""

import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
TOOLS = "sphinx", "myst_parser", "furo"
MARK = ".buildinfo"  # of a folder that Sphinx wrote


def build(folder: Path) -> int:
    """Build the site anew in a folder: the exit status."""
    if not all(map(find_spec, TOOLS)):
        print(
            "The site is made by Sphinx, MyST and Furo, which are not all installed: install them"
            " with pip install -c requirements.txt -e '.[test]'.",
            file=sys.stderr,
        )
        return 2
    from sphinx.cmd.build import main

    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        print(f"{folder} has other files than a site's: name another folder.", file=sys.stderr)
        return 2
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as work:
        options = ["--quiet", "--fail-on-warning", "--keep-going", "-d", work, "-c", str(HERE)]
        status = main([*options, str(ROOT), str(folder)])
    if status == 0:
        print(f"Open {folder / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site"))
