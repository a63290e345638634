"""A film of an echo as it emerges: a GIF of its frames, and stills."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from echoscope.atomic_file import put
from echoscope.emergence.checks import STILLS, saved_as
from echoscope.emergence.frames import Frame
from echoscope.emergence.pictures import emergence, specifications
from echoscope.errors import StoreError
from echoscope.figures import save as save_chart
from echoscope.figures.style import Values

if TYPE_CHECKING:
    from PIL.Image import Image

MILLISECONDS, LAST = 350, 3000  # for which a frame is shown, and the last one
PALETTE = 128  # colours of all frames together
SCALE = 1.5  # pixels of the film for one of the picture


def save(frames: Sequence[Frame], path: str, name: str = "") -> None:
    """Write frames as a film (.gif) or as one picture of all (.png, .svg), in place of what was
    there, whole or not at all. `name` says what was trained. Raises `StoreError` for what cannot be
    written.
    """
    if saved_as(path) in STILLS:
        save_chart(emergence(frames, name), path)
        return
    try:
        put(Path(path), gif(frames, name))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}): name a place that may be written and has"
            " room."
        ) from None


def gif(frames: Sequence[Frame], name: str = "") -> bytes:
    """Frames as an animated GIF that begins again, the last frame shown longer."""
    from PIL import Image

    drawn = [image(each) for each in specifications(frames, name)]
    wide, high = (max(size) for size in zip(*(each.size for each in drawn), strict=True))
    together = Image.new("RGB", (wide, high * 3), "white")  # the colours of all: first to last
    for place, each in enumerate((drawn[0], drawn[len(drawn) // 2], drawn[-1])):
        together.paste(each, (0, place * high))
    palette = together.quantize(PALETTE, dither=Image.Dither.NONE)
    first, *rest = (_flat(each, wide, high, palette) for each in drawn)
    written = io.BytesIO()
    first.save(
        written,
        "GIF",
        save_all=True,
        append_images=rest,
        duration=[MILLISECONDS] * len(rest) + [LAST],
        loop=0,
        optimize=False,
    )
    return written.getvalue()


def still(frames: Sequence[Frame], name: str = "") -> bytes:
    """One picture of all frames, as PNG."""
    import vl_convert

    from echoscope.figures import specification

    return vl_convert.vegalite_to_png(specification(emergence(frames, name)), scale=2)


def image(specification: Values, scale: float = SCALE) -> "Image":
    """The specification of a picture in pixels."""
    import vl_convert
    from PIL import Image

    drawn = vl_convert.vegalite_to_png(specification, scale=scale)
    return Image.open(io.BytesIO(drawn)).convert("RGB")


def _flat(drawn: "Image", wide: int, high: int, palette: "Image") -> "Image":
    """A frame of the film's size, in the colours of its palette."""
    from PIL import Image

    whole = Image.new("RGB", (wide, high), "white")
    whole.paste(drawn, (0, 0))
    return whole.quantize(palette=palette, dither=Image.Dither.NONE)
