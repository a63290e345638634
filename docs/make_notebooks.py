"""The pictures of the notebooks of `examples/`, as they are when all has run: `python
docs/make_notebooks.py [NAME ...]`.

Each is served by marimo to Chromium (which must be there) and run from its top to its end.
"""

import subprocess
import sys
import time

from make_lab import HERE, encoded
from playwright.sync_api import Browser, Error

sys.path.insert(0, str(HERE.parent / "tests"))
from lab_browser import chromium

NAMES = ("learner", "practitioner", "layer_designer")
PICTURES = HERE / "pictures" / "notebooks"
WIDE, HIGHEST = 1400, 1500  # pixels
PORT, SECONDS, IDLE = 8017, 300.0, 6.0  # it has ended where nothing runs for so long
RUNNING = '[data-testid="loading-indicator"]'


def draw(browser: Browser, name: str) -> None:
    """A notebook from its top, as high as it is and no higher than a picture may be."""
    address = ["--host", "127.0.0.1", "--port", str(PORT)]
    path = str(HERE.parent / "examples" / f"{name}.py")
    serving = [sys.executable, "-m", "marimo", "run", "--headless", "--no-token", *address, path]
    with subprocess.Popen(serving, stdout=subprocess.DEVNULL) as server:
        try:
            page = browser.new_page(viewport={"width": WIDE, "height": HIGHEST})
            begun = time.monotonic()
            while True:
                try:
                    page.goto(f"http://127.0.0.1:{PORT}/")
                    break
                except Error:  # it is not there yet
                    if time.monotonic() > begun + SECONDS:
                        raise
                    time.sleep(0.2)
            page.locator("h1").first.wait_for()
            busy = time.monotonic()
            while time.monotonic() < min(busy + IDLE, begun + SECONDS):
                if page.locator(RUNNING).count():
                    busy = time.monotonic()
                page.wait_for_timeout(250)
            print(f"{name}: {busy - begun:.0f} s from its start to its last cell", flush=True)
            picture = encoded(browser.new_page(), page.screenshot())
            (PICTURES / f"{name}.webp").write_bytes(picture)
            page.close()
        finally:
            server.terminate()


def main() -> None:
    """Draw those that are named, or all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name in sys.argv[1:] or NAMES:
            draw(browser, name)


if __name__ == "__main__":
    main()
