"""A film of an echo as it emerges: a GIF or an MP4 of its frames, and stills."""

import io
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from echoscope.atomic_file import put
from echoscope.emergence.checks import GIF, MP4_LIBRARY, STILLS, saved_as
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
RATE = 20  # pictures a second of an MP4: each frame is repeated, so that all players hold it
# Bytes for a table of contents at the beginning of an MP4, and for each picture in it: so it plays
# before all of it has come.
CONTENTS = 4096, 32
# Players assume the colours of television where a film says nothing: as FFmpeg has made them.
X264 = "colorprim=smpte170m:transfer=smpte170m:colormatrix=smpte170m"


def save(frames: Sequence[Frame], path: str, name: str = "") -> None:
    """Write frames as a film (.gif, .mp4) or as one picture of all (.png, .svg), in place of what
    was there, whole or not at all. `name` says what was trained. Raises `StoreError` for what
    cannot be written.
    """
    kind = saved_as(path)
    if kind in STILLS:
        save_chart(emergence(frames, name), path)
        return
    try:
        put(Path(path), (gif if kind == GIF else mp4)(frames, name))
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


def mp4(frames: Sequence[Frame], name: str = "") -> bytes:
    """Frames as an MP4 that plays everywhere, the last frame shown longer: H.264, of which a pixel
    of colour is two by two of the picture, so its sides are even.
    """
    av = import_module(MP4_LIBRARY)
    drawn = [image(each) for each in specifications(frames, name)]
    wide, high = (max(size) for size in zip(*(each.size for each in drawn), strict=True))
    counts = [MILLISECONDS * RATE // 1000] * (len(drawn) - 1) + [LAST * RATE // 1000]
    written, contents = io.BytesIO(), str(CONTENTS[0] + CONTENTS[1] * sum(counts))
    with av.open(written, "w", format="mp4", options={"moov_size": contents}) as film:
        options = {"crf": "18", "x264-params": X264}
        stream = film.add_stream("libx264", rate=RATE, options=options)
        stream.pix_fmt = "yuv420p"
        stream.width, stream.height = wide + wide % 2, high + high % 2
        for picture, count in zip(drawn, counts, strict=True):
            whole = _whole(picture, stream.width, stream.height)
            for _ in range(count):
                film.mux(stream.encode(av.VideoFrame.from_image(whole)))
        film.mux(stream.encode(None))
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

    return _whole(drawn, wide, high).quantize(palette=palette, dither=Image.Dither.NONE)


def _whole(drawn: "Image", wide: int, high: int) -> "Image":
    """A frame of the film's size."""
    from PIL import Image

    whole = Image.new("RGB", (wide, high), "white")
    whole.paste(drawn, (0, 0))
    return whole
