"""The pictures of the lab's screens, wide and narrow, light and dark: `python docs/make_lab.py`.

A lab of its own is begun and filled with work, and Chromium draws its page (it must be there).
"""

import base64
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from lab_browser import Lab, chromium, lab_of

HERE = Path(__file__).parent
PICTURES = HERE / "pictures" / "lab"
LAYER = "examples/my_layer.py:MyCell"
SIZES = {1400: 1000, 360: 1200}  # width and most height, in pixels of the page
MOST_BYTES = 60_000
TRAINED = {"preset": "lag", "fit": "quick", "seeds": "3"}
SEEN = {
    "preset": "lag",
    "fit": "quick",
    "lag": "3",
    "vocab_size": "8",
    "units": "24",
    "readout": "all",
    "window": "12",
}
STUDY = {"preset": "lag", "fit": "quick", "axes": "lag=1,2 units=8,16 vocab_size=8", "seeds": 2}
TYPED = "3 1 4 1 5 9 2 6 5 3 5 8 9 7 9"
ENCODE = """async ([picture, quality]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: image.width, height: image.height });
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


def fill(lab: Lab) -> None:
    """Work of every kind, one after the other."""
    lab.ended("sweeps", STUDY, 300)
    lab.ended("trainings", TRAINED, 300)
    lab.ended("emergences", SEEN, 300)
    for layer in (LAYER, "lstm"):
        lab.ended("measurements", {"layer": layer, "units": 16, "budget": "1m"}, 300)


def tried(page: Page) -> None:
    """A network on a sequence, and step by step."""
    page.locator("#typed").fill(TYPED)
    page.locator("#predict").click()
    page.locator("#predicted tbody tr").first.wait_for()


def stepped(page: Page) -> None:
    """One symbol after the other."""
    page.locator("#symbol").wait_for()
    for number, symbol in enumerate(TYPED.split()[:8], 1):
        page.locator("#symbol").fill(symbol)
        page.locator("#step").click()
        page.locator("#stepped tbody tr").nth(number - 1).wait_for()


def emerged(page: Page) -> None:
    """The last frame of an echo."""
    page.locator("#states canvas").wait_for()


def nothing(page: Page) -> None:
    """As it is."""


SCREENS: dict[str, tuple[str, dict[str, str], str, Callable[[Page], None]]] = {
    "task": ("task", {"preset": "lag", "fit": "quick"}, "#framing svg", nothing),
    "blind": ("task", {"preset": "blind", "fit": "tutorial"}, "#demand .lost", nothing),
    "train": ("train", TRAINED, "#ended table", nothing),
    "see": ("see", SEEN, "#by-lag svg", emerged),
    "try": ("try", {}, "#predict", tried),
    "step": ("try", {}, "#predict", stepped),
    "measure": ("measure", {}, "#reports article .headline", nothing),
    "study": ("study", {}, "#runs table", nothing),
}


def draw(browser: Browser, lab: Lab, wide: int, scheme: str) -> None:
    """Every screen at a width, light or dark."""
    context = browser.new_context(
        viewport={"width": wide, "height": SIZES[wide]},
        color_scheme=scheme,  # pyright: ignore[reportArgumentType]
        reduced_motion="reduce",
    )
    page, encoder = context.new_page(), browser.new_page()
    page.goto(lab.address)
    for name, (screen, controls, there, prepare) in SCREENS.items():
        page.goto(f"{lab.root}#{screen}?{urlencode(controls)}")
        page.reload()
        page.locator(there).first.wait_for()
        prepare(page)
        page.evaluate("() => document.activeElement?.blur()")
        page.wait_for_timeout(700)
        high = min(SIZES[wide], page.evaluate("() => document.documentElement.scrollHeight"))
        clip = {"x": 0, "y": 0, "width": wide, "height": high}
        taken = page.screenshot(full_page=True, clip=clip)  # pyright: ignore[reportArgumentType]
        picture = encoded(encoder, taken)
        path = PICTURES / f"{name}-{wide}-{scheme}.webp"
        path.write_bytes(picture)
        print(f"{path.relative_to(HERE.parent)}: {len(picture):,} bytes", flush=True)
    context.close()


def encoded(page: Page, taken: bytes) -> bytes:
    """A picture as WebP, as good as fits into so many bytes."""
    text = base64.b64encode(taken).decode()
    for quality in (0.9, 0.8, 0.7, 0.55, 0.4):
        result = base64.b64decode(page.evaluate(ENCODE, [text, quality]))
        if len(result) <= MOST_BYTES:
            break
    return result


def main() -> None:
    """Draw them all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        lab_of(Path(folder), "--layer", LAYER) as lab,
        chromium() as browser,
    ):
        fill(lab)
        for wide in SIZES:
            for scheme in ("light", "dark"):
                draw(browser, lab, wide, scheme)


if __name__ == "__main__":
    main()
