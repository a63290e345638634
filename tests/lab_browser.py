"""A lab of its own process, and a headless Chromium that opens its page."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
SCREENS = ("task", "train", "see", "try", "measure", "study")
# a training that goes on until it is stopped
LONG = {
    "preset": "lag",
    "fit": "quick",
    "units": "24",
    "window": "12",
    "length": "24",
    "epochs": "20000",
    "learning_rate": "1e-7",
}
SMALL = {"preset": "lag", "fit": "quick", "units": "4", "vocab_size": "8"}


@dataclass
class Lab:
    """`echoscope lab` under way with this store."""

    process: subprocess.Popen[str]
    address: str

    @property
    def root(self) -> str:
        return self.address.split("?")[0]

    @property
    def port(self) -> str:
        return self.root.rstrip("/").rpartition(":")[2]

    def ask(self, path: str, values: object = None) -> Any:
        """Ask as the page does, beside it."""
        token = self.address.partition("token=")[2]
        how = {"X-Echoscope-Token": token, "Origin": self.root.rstrip("/")}
        with httpx.Client(base_url=self.root, headers=how, timeout=60, trust_env=False) as client:
            path = f"/api/{path}"
            answer = client.get(path) if values is None else client.post(path, json=values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def work(self, name: str) -> Any:
        return next(work for work in self.ask("works") if work["id"] == name)

    def ended(self, path: str, values: object, seconds: float = 60) -> str:
        """Work begun and waited for: its name."""
        name = self.ask(path, values)["id"]
        until(lambda: self.work(name)["over"], seconds)
        assert not self.work(name)["error"]
        return name

    def stop_all(self) -> None:
        """Stop what is under way, and wait for it."""
        for work in self.ask("works"):
            if not work["over"]:
                self.ask(f"works/{work['id']}/stop", {})
        until(lambda: all(work["over"] for work in self.ask("works")), 60)

    def interrupt(self) -> str:
        """Ctrl-C, and what it still printed."""
        os.kill(self.process.pid, signal.SIGINT)
        output, _ = self.process.communicate(timeout=60)
        return output


@contextmanager
def lab_of(store: Path, *more: str) -> Iterator[Lab]:
    """A lab until the end of the block."""
    command = [sys.executable, "-m", "echoscope", "lab", "--no-browser", "--store", str(store)]
    process = subprocess.Popen(
        [*command, *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "http://127.0.0.1:" in line, line
    lab = Lab(process, line.split()[-1])
    try:
        yield lab
    finally:
        if process.poll() is None:
            lab.interrupt()
        process.stdout.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless; without its sandbox, which needs rights that a container has not."""
    assert CHROMIUM is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something holds, outside the page: its policy forbids text that is run."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come to hold"
        time.sleep(0.05)


def watched(page: Page, holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something of a page holds, while the page's events are heard."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, page.locator("body").inner_text()[:2000]
        page.wait_for_timeout(50)


def turn(page: Page, screen: str) -> None:
    """To a screen by its link."""
    page.locator(f'nav a[data-screen="{screen}"]').click()
    page.locator(f"section#{screen}").wait_for()


def violations(page: Page) -> list[str]:
    """What axe-core finds, a line each. Its text is run from outside the page, past its policy."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    result = page.evaluate(
        "() => axe.run(document, { resultTypes: ['violations'], preload: false, iframes: false })"
    )
    return [
        f"{fault['id']}: {node['html'][:160]} ({node['failureSummary'][:300]})"
        for fault in result["violations"]
        for node in fault["nodes"]
    ]
