"""The pictures of the lab: `python docs/make_lab.py [LESSON]...`, which draws all or some lessons.

Its screens, wide and narrow, light and dark, and the lab at each lesson. Labs of their own are
begun and filled with work, and Chromium draws their pages (it must be there).
"""

import base64
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from lab_browser import Lab, chromium, lab_of

HERE = Path(__file__).parent
PICTURES = HERE / "pictures" / "lab"
LAYER = "examples/my_layer.py:MyCell"
SIZES = {1400: 1000, 360: 1200}  # width and most height, in pixels of the page
LESSON_SIZE = (960, 940)  # width and most height
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
TOP = "element => element.getBoundingClientRect().top + scrollY"
BOTTOM = "element => element.getBoundingClientRect().bottom + scrollY"
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


def inspected(page: Page) -> None:
    """A file without any training."""
    page.locator("#file").set_input_files(HERE.parent / "examples" / "events.csv")
    page.locator("#column").fill("event")
    page.locator("#inspect").click()
    page.locator("#inspected strong").wait_for()


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


@dataclass(frozen=True)
class Lesson:
    """The lab at a lesson: the link that shows it, what is trained before, one after the other, and
    the heading with which the picture begins, where that is not the page's top.
    """

    link: str
    trained: tuple[str, ...] = ()
    prepare: Callable[[Page], None] = nothing
    begins: str = ""


THERE = {"task": "#framing svg", "train": "#ended table", "see": "#by-lag svg", "try": "#predict"}
GAPS = "preset=lag&fit=quick&missing=0.2"
LONG_WAIT = "preset=lag&fit=quick&window=20&lag=19&model="
STREAM = "preset=whole&fit=quick&lag=4&window=25&vocab_size=10&model=rnn&units=64"
EMERGING = "preset=whole&fit=quick&lag=5&window=25&vocab_size=8&model=rnn&units=24&epochs=250"
SEEDS = "preset=lag&fit=tutorial&seeds=3"
STATE = "preset=lag&fit=tutorial"
BITS = "preset=lag&fit=quick&encoding="
LESSONS = {
    "current": Lesson("task?preset=current&fit=tutorial"),
    "blind": Lesson("task?preset=blind&fit=tutorial"),
    "lag": Lesson(f"train?{SEEDS}", (SEEDS,)),
    "whole": Lesson("task?preset=whole&fit=tutorial"),
    "partial": Lesson("task?preset=partial&fit=tutorial"),
    "state": Lesson(f"train?{STATE}", (f"{STATE}&stateful=false", STATE)),
    "gaps": Lesson(f"train?{GAPS}", (f"{GAPS}&gaps=marked", GAPS)),
    "lags": Lesson("task?preset=whole&fit=quick&lag=4&window=20&units=50"),
    "longer": Lesson("task?preset=partial&fit=quick&lag=4,3,2,1,0&epochs=10000"),
    "encodings": Lesson(
        f"train?{BITS}bits", tuple(BITS + name for name in ("scalar", "one-hot", "bits"))
    ),
    "models": Lesson(
        f"train?{LONG_WAIT}gru", tuple(LONG_WAIT + name for name in ("rnn", "lstm", "gru"))
    ),
    "streaming": Lesson("try", (STREAM,), stepped, "Step by step"),
    "loops": Lesson("task?preset=lag&fit=quick&lag=-1"),
    "own": Lesson("try", ("preset=lag&fit=quick",), inspected),
    "emergence": Lesson(f"see?{EMERGING}", (), emerged),
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
        show(page, lab, f"{screen}?{urlencode(controls)}", there, prepare)
        high = min(SIZES[wide], page.evaluate("() => document.documentElement.scrollHeight"))
        keep(page, encoder, PICTURES / f"{name}-{wide}-{scheme}.webp", (wide, high))
    context.close()


def draw_lesson(browser: Browser, name: str) -> None:
    """A lesson's lab, which has trained what the lesson names and nothing else."""
    lesson, (wide, most) = LESSONS[name], LESSON_SIZE
    screen, _, query = lesson.link.partition("?")
    with tempfile.TemporaryDirectory() as folder, lab_of(Path(folder)) as lab:
        for settings in lesson.trained:
            lab.ended("trainings", dict(parse_qsl(settings)), 300)
        if screen == "see":
            lab.ended("emergences", dict(parse_qsl(query)), 300)
        context = browser.new_context(
            viewport={"width": wide, "height": most}, color_scheme="light", reduced_motion="reduce"
        )
        page, encoder = context.new_page(), browser.new_page()
        page.goto(lab.address)
        show(page, lab, lesson.link, THERE[screen], lesson.prepare)
        top = 0.0
        if lesson.begins:
            top = page.get_by_role("heading", name=lesson.begins).evaluate(TOP) - 10
        bottom = page.locator("#screens").evaluate(BOTTOM) + 10
        high = round(min(most, bottom - top))
        keep(page, encoder, PICTURES / f"lesson-{name}.webp", (wide, high), round(top))
        context.close()
        encoder.close()


def show(page: Page, lab: Lab, link: str, there: str, prepare: Callable[[Page], None]) -> None:
    """The page of a lab at a link, as it stays."""
    page.goto(f"{lab.root}#{link}")
    page.reload()
    page.locator(there).first.wait_for()
    prepare(page)
    page.evaluate("() => document.activeElement?.blur()")
    page.wait_for_timeout(700)


def keep(page: Page, encoder: Page, path: Path, size: tuple[int, int], top: int = 0) -> None:
    """A part of the page, as wide as it is, as a picture."""
    clip = {"x": 0, "y": top, "width": size[0], "height": size[1]}
    taken = page.screenshot(full_page=True, clip=clip)  # pyright: ignore[reportArgumentType]
    picture = encoded(encoder, taken)
    path.write_bytes(picture)
    print(f"{path.relative_to(HERE.parent)}: {len(picture):,} bytes", flush=True)


def encoded(page: Page, taken: bytes) -> bytes:
    """A picture as WebP, as good as fits into so many bytes."""
    text = base64.b64encode(taken).decode()
    for quality in (0.9, 0.8, 0.7, 0.55, 0.4):
        result = base64.b64decode(page.evaluate(ENCODE, [text, quality]))
        if len(result) <= MOST_BYTES:
            break
    return result


def draw_screens(browser: Browser) -> None:
    """Every screen of a lab that is full of work."""
    with (
        tempfile.TemporaryDirectory() as folder,
        lab_of(Path(folder), "--layer", LAYER) as lab,
    ):
        fill(lab)
        for wide in SIZES:
            for scheme in ("light", "dark"):
                draw(browser, lab, wide, scheme)


def main(lessons: list[str]) -> None:
    """Draw them all, or some lessons."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        if not lessons:
            draw_screens(browser)
        for name in lessons or LESSONS:
            draw_lesson(browser, name)


if __name__ == "__main__":
    main(sys.argv[1:])
