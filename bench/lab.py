"""What the lab's page costs, by the browser's own figures, and whether its server's memory stays.

python bench/lab.py [--rounds 5] [--minutes 10]
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import psutil
from playwright.sync_api import Browser, Page, expect

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from lab_browser import Lab, chromium, lab_of

TABS = 20
SETTLED = 3000  # milliseconds after which no more blocking is counted
SECONDS = 10  # of frames that are counted
TRAINED = {"preset": "lag", "fit": "quick", "units": "8", "vocab_size": "8", "epochs": "2000"}
WATCH = """() => {
  window.blocked = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.blocked += Math.max(0, task.duration - 50);
  }).observe({ type: "longtask", buffered: true });
}"""
READ = """() => {
  const all = performance.getEntriesByType("resource");
  const page = performance.getEntriesByType("navigation")[0];
  return {
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    blocked: window.blocked,
    bytes: all.reduce((sum, each) => sum + each.transferSize, page.transferSize),
    requests: all.length + 1,
  };
}"""
FRAMES = """(seconds) => new Promise((done) => {
  const begun = performance.now();
  const times = [];
  const next = (now) => {
    times.push(now);
    if (now - begun < 1000 * seconds) return requestAnimationFrame(next);
    const gaps = times.slice(1).map((time, at) => time - times[at]);
    done({ rate: (1000 * gaps.length) / (times.at(-1) - times[0]), longest: Math.max(...gaps) });
  };
  requestAnimationFrame(next);
})"""


def row(what: str, values: Sequence[float], form: str = ",.0f") -> None:
    """A row of the table: the median, the least and the most."""
    middle, low, high = (
        format(each, form) for each in (statistics.median(values), min(values), max(values))
    )
    print(f"| {what} | {middle} | {low} to {high} |", flush=True)


def first_views(browser: Browser, rounds: int) -> None:
    """A server begun, and its page opened by a browser that has nothing of it yet."""
    rows: list[dict[str, float]] = []
    for _ in range(rounds):
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder, lab_of(Path(folder)) as lab:
            up = time.perf_counter()
            context = browser.new_context(viewport={"width": 1400, "height": 900})
            page = context.new_page()
            page.add_init_script(f"({WATCH})()")
            page.goto(lab.address)
            page.locator("#framing svg").wait_for()
            seen = time.perf_counter()
            page.wait_for_timeout(SETTLED)
            rows.append({"up": up - begun, "view": seen - up, **page.evaluate(READ)})
            context.close()
    for name, says, form in (
        ("up", "server's start until it says its address, s", ".2f"),
        ("view", "from then until the first view is drawn whole, s", ".2f"),
        ("paint", "first contentful paint, ms", ",.0f"),
        ("blocked", "total blocking time in 3 s, ms", ",.0f"),
        ("bytes", "bytes sent for the first view", ",.0f"),
        ("requests", "requests of the first view", ",.0f"),
    ):
        row(says, [each[name] for each in rows], form)


def frames(browser: Browser, rounds: int) -> None:
    """Frames a second: of Task with nothing under way, and of Train while `partial` trains."""
    with tempfile.TemporaryDirectory() as folder, lab_of(Path(folder)) as lab:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(lab.address)
        asked = {
            "preset": "partial",
            "fit": "tutorial",
            "epochs": "20000",
            "target_accuracy": "none",
        }
        still = [page.evaluate(FRAMES, SECONDS) for _ in range(rounds)]
        moving = []
        for seed in range(rounds):
            page.goto(f"{lab.root}#train?{urlencode({**asked, 'seed': str(seed)})}")
            page.locator("#begin").click()
            expect(page.locator("#now")).to_contain_text("left at most", timeout=120_000)
            moving.append(page.evaluate(FRAMES, SECONDS))
            assert page.locator("#stop").is_enabled(), "it has ended before it was measured"
            page.locator("#stop").click()
            expect(page.locator("#stop")).to_be_disabled(timeout=60_000)
        page.close()
        lab.stop_all()
    row(
        "frames a second of Task, its window moving, nothing under way",
        [each["rate"] for each in still],
        ".1f",
    )
    row("frames a second of Train while `partial` trains", [each["rate"] for each in moving], ".1f")
    row("longest wait for a frame while it trains, ms", [each["longest"] for each in moving])


def resident(lab: Lab) -> float:
    """What the server holds in memory, in MiB."""
    return psutil.Process(lab.process.pid).memory_info().rss / 2**20


def begin(page: Page, seed: int) -> bool:
    """Train in a tab; whether there was a place for it."""
    page.evaluate(
        f"() => {{ location.hash = '#train?{urlencode({**TRAINED, 'seed': str(seed)})}' }}"
    )
    page.locator("section#train").wait_for()
    page.locator("#begin").click()
    page.wait_for_timeout(100)
    return not page.locator("#status.bad").count()


def memory(browser: Browser, minutes: float) -> None:
    """Tabs that train and are opened anew, one after the other, for so long."""
    with tempfile.TemporaryDirectory() as folder, lab_of(Path(folder)) as lab:
        fresh = resident(lab)
        lab.ended("trainings", {**TRAINED, "seed": "0"})  # compiled, and JAX is there
        pages = [browser.new_page() for _ in range(TABS)]
        for page in pages:
            page.goto(lab.address)
            page.locator("#framing svg").wait_for()
        held, seed, reloads = [resident(lab)], 1, 0
        ends = time.monotonic() + 60 * minutes
        while time.monotonic() < ends:
            for page in pages:
                seed += begin(page, seed)
                page.reload()
                page.locator("#framing svg").wait_for(state="attached")
                reloads += 1
            held.append(resident(lab))
        lab.stop_all()
        runs = len(lab.ask("works"))
        for page in pages:
            page.close()
        half = held[len(held) // 2 :]
        print(f"| server when it is up, MiB | {fresh:,.0f} | |")
        print(f"| server after its first training, {TABS} tabs open, MiB | {held[0]:,.0f} | |")
        row(f"in the second half of {minutes:g} minutes of these tabs, MiB", half)
        work = f"{seed:,} trainings ({runs} remembered) and {reloads:,} reloads"
        print(f"| at their end, after {work}, MiB | {held[-1]:,.0f} | |")


def main() -> None:
    """Print the table."""
    values = argparse.ArgumentParser()
    values.add_argument("--rounds", type=int, default=5)
    values.add_argument("--minutes", type=float, default=10)
    chosen = values.parse_args()
    print("| what | median | least to most |\n|---|---|---|")
    with chromium() as browser:
        first_views(browser, chosen.rounds)
        frames(browser, chosen.rounds)
        memory(browser, chosen.minutes)


if __name__ == "__main__":
    main()
