"""The program that draws charts in a page: Vega, Vega-Lite and their embedding as one text, made
once a machine.
"""

import os
from importlib.metadata import version
from pathlib import Path

from echoscope.atomic_file import put


def javascript() -> str:
    """The text of a script that defines `vegaEmbed`.

    vl-convert has it inside and takes three seconds to put it together, so it is kept in the user's
    cache folder (`XDG_CACHE_HOME`, else `~/.cache`), by its version; where that cannot be written
    it is made anew each time.
    """
    import vl_convert

    versions = (
        version("vl-convert-python"),
        vl_convert.get_vega_version(),
        vl_convert.get_vegalite_versions()[-1],
    )
    path = _folder() / f"vega-{'-'.join(versions)}.js"
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        pass
    # No text inside a script may end it.
    text = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=versions[-1])
    text = text.replace("</script", "<\\/script")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, text.encode())
    except OSError:
        pass  # a report does not need the cache
    return text


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "echoscope"
