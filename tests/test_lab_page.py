"""The lab's page in a real headless Chromium, as a person uses it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

import echoscope
from lab_browser import (
    CHROMIUM,
    LONG,
    SCREENS,
    SMALL,
    Lab,
    chromium,
    lab_of,
    turn,
    violations,
    watched,
)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: install your system's (on Debian, chromium)"
)
# How Chromium tells of a refusal that the page shows as a sentence, and of a server that is away.
REFUSED, AWAY = "the server responded with a status of 400", "net::ERR_"
NO_TOKEN = "the server responded with a status of 403"
LAG, WINDOW = 1, 3
ROOT = Path(__file__).parent.parent
Open = Callable[..., Page]
expect.set_options(timeout=30_000)  # on a busy machine a slice of a training takes seconds
TOO_WIDE = """wide => [...document.querySelectorAll("*")].filter((each) =>
    each.getBoundingClientRect().right > wide + 1 && !each.closest(".scroll, pre, svg")).map(
    (each) => `${each.tagName}#${each.id} ${each.textContent.slice(0, 60)}`)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_of(tmp_path_factory.mktemp("store")) as lab:
        yield lab


@pytest.fixture(scope="module")
def solved(lab: Lab) -> str:
    """A run that echoes the symbol before the last."""
    asked = {**SMALL, "units": "16", "lag": str(LAG), "window": str(WINDOW), "readout": "last"}
    lab.ended("trainings", asked)
    run = lab.ask("runs")[0]
    assert run["outcome"] == "solved"
    return run["id"]


class Opened:
    """Pages, and what their consoles told that was not expected."""

    def __init__(self, browser: Browser, lab: Lab) -> None:
        self.browser = browser
        self.lab = lab
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []
        self.expected: tuple[str, ...] = ()

    def context(self, scheme: str = "light", wide: int = 1400, motion: str = "reduce"):
        made = self.browser.new_context(
            viewport={"width": wide, "height": 900},
            color_scheme=scheme,
            reduced_motion=motion,
        )
        made.set_default_timeout(30_000)
        self.contexts.append(made)
        return made

    def __call__(
        self, screen: str = "task", context: BrowserContext | None = None, **controls: str
    ) -> Page:
        page = (context or self.context()).new_page()
        page.on("console", self.heard)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.lab.address)
        page.locator("#framing svg").wait_for()
        if (screen, controls) != ("task", {}):
            page.goto(f"{self.lab.root}#{screen}?{urlencode(controls)}")
            page.locator(f"section#{screen}").wait_for()
        return page

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(
            text in message.text for text in self.expected
        ):
            self.errors.append(message.text)


@pytest.fixture
def opened(browser: Browser, lab: Lab) -> Iterator[Opened]:
    opened = Opened(browser, lab)
    yield opened
    for context in opened.contexts:
        context.close()
    lab.stop_all()
    assert opened.errors == []


def begin(page: Page) -> None:
    page.locator("#begin").click()
    expect(page.locator("#now")).to_contain_text("left at most", timeout=60_000)


def rows(page: Page, place: str) -> list[list[str]]:
    """The cells of a table."""
    return [row.locator("td").all_inner_texts() for row in page.locator(f"{place} tbody tr").all()]


def test_lag_is_trained_until_it_is_solved_and_stands_in_the_table(opened: Opened) -> None:
    page = opened("train", preset="lag", fit="quick", seed="7")
    page.locator("#begin").click()
    row = page.locator("#ended tbody tr").filter(has_text=re.compile("lstm.*solved"))
    row.first.wait_for(timeout=60_000)
    expect(page.locator("#now")).to_contain_text("bits held so far")
    (run,) = [cells for cells in rows(page, "#ended") if cells[4] == "7"]
    assert float(run[5].split(" %")[0]) > 95
    assert page.locator("#accuracy path.line").count() >= 1
    turn(page, "study")
    expect(page.locator("#runs")).to_contain_text(run[0])


def test_typed_integers_are_predicted(opened: Opened, solved: str) -> None:
    page = opened("try", run=solved)
    symbols = [3, 1, 4, 1, 5, 2, 6, 5, 3, 5]
    page.locator("#typed").fill(", ".join(map(str, symbols)))
    page.locator("#predict").click()
    page.locator("#predicted tbody tr").first.wait_for()
    cells = rows(page, "#predicted")
    ends = range(WINDOW - 1, len(symbols))
    assert [[int(text) for text in row[1].split()] for row in cells] == [
        symbols[end - WINDOW + 1 : end + 1] for end in ends
    ]
    assert [int(row[2]) for row in cells] == [symbols[end - LAG] for end in ends]
    assert [int(re.findall(r"\d+", row[3])[0]) for row in cells] == [int(row[2]) for row in cells]
    expect(page.locator("#predicted")).to_contain_text("8 of 8 predictions are right (100.00 %")
    held = page.locator("#predicted canvas")
    expect(held).to_have_attribute("aria-label", "16 units after each of 10 symbols.")


def test_a_file_is_inspected_and_its_values_are_taken(opened: Opened, solved: str) -> None:
    page = opened("try", run=solved)
    page.locator("#file").set_input_files(ROOT / "examples" / "melody.csv")
    page.locator("#inspect").click()
    expect(page.locator("#inspected strong")).to_contain_text("carry information")
    page.get_by_role("button", name=re.compile("Take its first")).click()
    column = echoscope.read(ROOT / "examples" / "melody.csv")
    assert page.locator("#typed").input_value().split()[:3] == [
        str(column.value(place)) for place in range(3)
    ]
    page.get_by_role("button", name="Open the inspection").click()
    expect(page.frame_locator("#inspected iframe").locator("h1")).to_contain_text("melody.csv")


def test_a_file_is_learned_in_the_place_of_random_integers(opened: Opened) -> None:
    opened.expected = (REFUSED,)
    page = opened("task", units="8", epochs="300")
    page.locator("#part-data > summary").click()
    page.locator("#own-use").click()
    expect(page.locator("#status.bad")).to_have_text("choose a file first")
    page.locator("#own-file").set_input_files(ROOT / "examples" / "sunspots-1700.csv")
    page.locator("#own-use").click()
    expect(page.locator("#status.bad")).to_contain_text("has 2 columns (year, spots)")
    page.locator("#own-column").fill("spots")
    page.locator("#own-bins").fill("8")
    page.locator("#own-use").click()
    expect(page.locator("#demand h3")).to_have_text("sunspots-1700.csv, column spots")
    expect(page.locator("#demand")).to_contain_text("The first 248 are trained on")
    assert not page.locator("#c-vocab_size").count()
    page.reload()  # the address holds it
    expect(page.locator("#demand h3")).to_have_text("sunspots-1700.csv, column spots")
    turn(page, "see")
    page.locator("#watch").click()
    expect(page.locator("#status.bad")).to_contain_text("go back to random integers")
    turn(page, "train")
    page.locator("#begin").click()
    expect(page.locator("#now")).to_have_text(re.compile("Ended after .* steps\\.$"))
    expect(page.locator("#accuracy figcaption")).to_contain_text("held out of sunspots-1700.csv")
    run = page.locator("#ended tbody a").first.inner_text()
    page.locator("#part-data > summary").click()
    page.locator("#own-leave").click()
    expect(page.locator("#c-vocab_size")).to_have_value("100")
    assert "data=" not in page.url
    page.goto(f"{opened.lab.root}#try?run={run}")
    expect(page.locator("#typed")).to_have_value(re.compile(r"^\[\d"))  # a bin by its name


def test_a_stream_is_stepped_and_forgotten(opened: Opened, solved: str) -> None:
    opened.expected = (REFUSED,)
    page = opened("try", run=solved)
    symbols = [3, 1, 4, 6, 5]

    def step(text: str) -> None:
        page.locator("#symbol").fill(text)
        page.locator("#symbol").press("Enter")

    for number, symbol in enumerate(symbols, 1):
        step(str(symbol))
        expect(page.locator("#stepped tbody tr")).to_have_count(number)
    cells = rows(page, "#stepped")[::-1]
    assert [row[:2] for row in cells] == [[str(n), str(x)] for n, x in enumerate(symbols, 1)]
    assert [row[2] for row in cells[WINDOW - 1 :]] == ["1", "4", "6"]
    held = page.locator("#stepped canvas")
    expect(held).to_have_attribute("aria-label", "16 units after each of 5 symbols.")
    step("8")
    expect(page.locator("#status.bad")).to_contain_text("8")
    assert len(rows(page, "#stepped")) == len(symbols)
    page.locator("#forget").click()
    expect(page.locator("#stepped tbody tr")).to_have_count(0)
    step("2")
    expect(page.locator("#stepped tbody tr")).to_have_count(1)
    assert rows(page, "#stepped")[0][:2] == ["1", "2"]


@pytest.mark.parametrize(
    ("scheme", "red"), [("light", "rgb(207, 34, 46)"), ("dark", "rgb(255, 128, 120)")]
)
def test_blind_says_in_red_why_nothing_can_arrive(opened: Opened, scheme: str, red: str) -> None:
    page = opened("task", opened.context(scheme), preset="blind", fit="tutorial")
    lost = page.locator("#demand .lost")
    expect(lost).to_contain_text("can arrive by no path")
    expect(lost).to_have_css("color", red)
    arrows = page.locator("#framing g.path")
    assert arrows.count() > 0
    assert page.locator("#framing g.path.none").count() == arrows.count()
    expect(arrows.first.locator("path")).to_have_css("stroke", red)
    expect(page.locator("#framing .legend")).to_have_text("by no path: it cannot be known")
    expect(page.locator("#framing figcaption")).to_contain_text("cannot arrive")


def test_a_training_is_there_again_after_a_reload_and_is_stopped(opened: Opened) -> None:
    page = opened("train", **LONG, seed="11")
    begin(page)
    page.reload()
    expect(page.locator("#now")).to_contain_text("left at most")
    expect(page.locator("#stop")).to_be_enabled()
    assert page.locator("#c-seed").input_value() == "11"
    page.locator("#stop").click()
    expect(page.locator("#now")).to_contain_text("Ended after")
    expect(page.locator("#stop")).to_be_disabled()
    watched(page, lambda: any(row[4] == "11" for row in rows(page, "#ended")))
    (row,) = [row for row in rows(page, "#ended") if row[4] == "11"]
    assert row[6] == "interrupted"


def test_of_two_trainings_each_is_stopped(opened: Opened) -> None:
    page = opened("train", **LONG, seed="21")
    for _ in range(2):
        begin(page)
    for left in (1, 0):
        page.locator("#stop").click()
        watched(
            page,
            lambda left=left: (
                sum(not work["over"] for work in opened.lab.ask("works")) == left
                and page.locator("#stop").is_enabled() == bool(left)
            ),
            60,
        )


def test_two_tabs_see_a_training_and_its_end(opened: Opened) -> None:
    context = opened.context()
    first = opened("train", context, **LONG, seed="12")
    begin(first)
    second = opened("train", context)
    expect(second.locator("#now")).to_contain_text("left at most")
    second.locator("#stop").click()
    for page in (first, second):
        expect(page.locator("#now")).to_contain_text("Ended after")
        assert any(row[4] == "12" for row in rows(page, "#ended"))


def test_an_idle_tab_hears_of_what_another_begins(opened: Opened) -> None:
    """And may stop it."""
    context = opened.context()
    idle, busy = opened("train", context), opened("train", context)
    begin(busy)
    expect(idle.locator("#now")).to_contain_text("left at most")
    idle.locator("#stop").evaluate("each => each.click()")  # a chart that grows moves it
    expect(idle.locator("#now")).to_contain_text("Ended after")
    expect(busy.locator("#now")).to_contain_text("Ended after")


def test_a_tab_that_is_seen_again_asks_what_was_begun_elsewhere(opened: Opened, lab: Lab) -> None:
    """In another browser, of which it hears nothing."""
    page = opened("train")
    name = lab.ask("trainings", {**LONG, "seed": "14"})["id"]
    hide(page, True)
    hide(page, False)
    expect(page.locator("#now")).to_contain_text("left at most")
    lab.ask(f"works/{name}/stop", {})
    expect(page.locator("#now")).to_contain_text("Ended after")


@pytest.mark.parametrize("entry", ["", "token"])
def test_a_link_on_another_page_leads_to_its_screen(opened: Opened, lab: Lab, entry: str) -> None:
    """A strict cookie is not sent with it, so the page asks once more, with all of the address."""
    opened.expected = (NO_TOKEN,)
    page = opened("task")
    begins = lab.address if entry else lab.root
    page.goto(f"data:text/html,<a href='{begins}%23see?preset=whole%26units=7'>see</a>")
    page.locator("a").click()
    page.locator("section#see").wait_for()
    expect(page.locator("#c-preset")).to_have_value("whole")
    expect(page.locator("#c-units")).to_have_value("7")
    assert page.url.startswith(f"{lab.root}#see?")


def test_tabs_in_the_background_leave_their_connections_to_the_one_in_front(
    opened: Opened,
) -> None:
    """A browser has six to a server, and each tab that follows a training holds one."""
    context = opened.context()
    tabs = []
    for number in range(7):
        page = opened("train", context, **LONG, seed="13")
        if not number:
            begin(page)
        expect(page.locator("#now")).to_contain_text("left at most")
        hide(page, True)
        tabs.append(page)
    last = opened("train", context)
    expect(last.locator("#now")).to_contain_text("left at most")
    last.locator("#stop").click()
    expect(last.locator("#now")).to_contain_text("Ended after")
    assert "left at most" in tabs[0].locator("#now").inner_text()
    hide(tabs[0], False)
    expect(tabs[0].locator("#now")).to_contain_text("Ended after")


def hide(page: Page, hidden: bool) -> None:
    """As a browser does with a tab that another one covers: headless, all are in front."""
    page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_server_that_went_and_came_again_has_the_runs(
    opened: Opened, browser: Browser, tmp_path: Path
) -> None:
    with lab_of(tmp_path) as before:
        mine = Opened(browser, before)
        mine.expected = (AWAY, NO_TOKEN, REFUSED)
        page = mine("train", **LONG)
        begin(page)
        assert "Traceback" not in before.interrupt()
        expect(page.locator("#status.bad")).to_contain_text("see whether echoscope lab still runs")
        page.locator("#begin").click()
        expect(page.locator("#status.bad")).to_contain_text("see whether echoscope lab still runs")
    with lab_of(tmp_path, "--port", before.port) as after:
        # a tab that follows asks by itself, and hears what to do
        expect(page.locator("#status.bad")).to_contain_text("open the address that")
        page.locator("#begin").click()
        expect(page.locator("#status.bad")).to_contain_text("the token of this lab")
        other = mine.contexts[0].new_page()
        other.goto(after.address)
        other.locator("#framing svg").wait_for()
        hide(page, True)
        hide(page, False)
        expect(page.locator("#status.bad")).to_contain_text("the lab was begun again")
        expect(page.locator("#stop")).to_be_disabled()
        page.goto(f"{after.address}#study")
        expect(page.locator("#runs tbody tr")).to_have_count(1)
        expect(page.locator("#runs")).to_contain_text("interrupted")
        mine.contexts[0].close()
    assert mine.errors == []


def test_bad_input_in_every_control_is_a_sentence_and_breaks_nothing(opened: Opened) -> None:
    opened.expected = (REFUSED,)
    page = opened("train")
    for part in page.locator("#controls details:not([open])").evaluate_all(
        "all => all.map((each) => each.id)"
    ):
        page.locator(f"#{part} > summary").click()
    names = page.locator("#controls input[id^=c-]").evaluate_all(
        "all => all.map((each) => each.id)"
    )
    assert len(names) > 10
    for name in names:
        field = page.locator(f"#{name}")
        usual = field.input_value()
        field.fill("no such value")
        field.press("Tab")
        expect(page.locator("#status.bad"), name).to_have_text(re.compile(r"no such value.*\.$"))
        field.fill("")
        field.press("Tab")
        expect(page.locator("#status"), name).not_to_have_class("bad")
        assert field.input_value() == usual
    page.locator("#c-units").fill("-3")
    page.locator("#c-units").press("Tab")
    expect(page.locator("#code pre")).to_have_count(0)  # nothing is to be copied
    page.locator("#begin").click()
    expect(page.locator("#status.bad")).to_have_text(re.compile(r"units.*\.$"))
    expect(page.locator("#begin")).to_be_enabled()


def test_bad_input_elsewhere_is_a_sentence_and_breaks_nothing(opened: Opened, solved: str) -> None:
    opened.expected = (REFUSED,)
    page = opened("try", run=solved)
    bad = page.locator("#status.bad")
    expect(page.locator("#typed")).to_have_value(re.compile(r"\d"))  # the example
    for text in ("", "1 2 nine", "1 2 9", "x" * 3000, "1 " * 1001):
        page.locator("#typed").fill(text)
        page.locator("#predict").click()
        expect(bad).to_have_text(re.compile(r"\.$"))
    page.locator("#typed").fill("1 2 3 4")
    page.locator("#predict").click()
    expect(page.locator("#predicted tbody tr")).to_have_count(2)
    turn(page, "measure")
    for text in ("", "-1", "many", "1e9", "2.5"):
        page.locator("#layer-units").fill(text)
        page.locator("#measure-begin").click()
        expect(bad, text).to_have_text(re.compile(r"units.*\.$"))
    turn(page, "study")
    for text in ("", "lag", "lag=", "lag=x", "colour=red", "lag=1..30 units=8,16"):
        page.locator("#sweep-axes").fill(text)
        page.locator("#sweep-begin").click()
        expect(bad, text).to_have_text(re.compile(r"[.?]$"))
    page.locator("#sweep-axes").fill("lag=1")
    page.locator("#sweep-seeds").fill("none")
    page.locator("#sweep-begin").click()
    expect(bad).to_have_text(re.compile(r"seeds.*\.$"))
    assert all(work["over"] for work in opened.lab.ask("works"))


def shown(page: Page) -> dict[str, str]:
    """Every control and what it says."""
    found = "all => Object.fromEntries(all.map((each) => [each.id, each.value]))"
    return page.locator("#controls input, #controls select").evaluate_all(found)


def test_a_link_opens_the_same_controls(opened: Opened) -> None:
    page = opened("train")
    page.locator("#c-preset").select_option("partial")
    page.locator("#c-fit").select_option("quick")
    page.locator("#part-training > summary").click()
    for name, text in {"lag": "3,1", "units": "17", "seed": "5", "seeds": "2"}.items():
        page.locator(f"#c-{name}").fill(text)
        page.locator(f"#c-{name}").press("Tab")
    page.locator("#c-model").select_option("gru")
    expect(page.locator("#code pre").first).to_contain_text("--model gru")
    address = page.url
    other = opened("task")
    other.goto(address)
    other.locator("section#train").wait_for()
    watched(other, lambda: shown(other) == shown(page))
    for place in (0, 1):
        code = page.locator("#code pre").nth(place).inner_text()
        expect(other.locator("#code pre").nth(place)).to_have_text(code)
    assert "#train?" in address
    assert shown(page)["c-lag"] == "3,1"


def test_a_page_that_is_opened_or_loaded_again_has_its_controls(opened: Opened) -> None:
    page = opened("task")
    expect(page.locator("#c-preset")).to_have_value("lag")
    page.reload()
    expect(page.locator("#c-preset")).to_have_value("lag")
    expect(page.locator("#c-units")).to_be_visible()


def test_bars_of_bits_change_while_it_trains(opened: Opened) -> None:
    page = opened("see", **SMALL, lag="1", window="4", length="20", readout="all")
    page.locator("#watch").click()
    expect(page.locator("#watch")).to_be_disabled()  # one at a time
    bars = page.locator("#by-lag svg")
    stop = page.locator("#watch-stop")
    told: list[str] = []

    def looked() -> bool:
        if bars.count() and page.locator("#seen").is_visible():
            label = bars.get_attribute("aria-label") or ""
            if label not in told:
                told.append(label)
        return stop.is_disabled() and page.locator("#frame").get_attribute("max") not in ("0", "1")

    watched(page, looked, 60)
    assert len(told) >= 2
    last = int(page.locator("#frame").get_attribute("max") or 0)
    assert last >= 2
    watched(page, lambda: page.locator("#frame").input_value() == str(last))
    page.wait_for_timeout(100)
    final = bars.get_attribute("aria-label")
    page.locator("#frame").fill("0")
    watched(page, lambda: bars.get_attribute("aria-label") != final)
    page.locator("#frame").fill(str(last))
    watched(page, lambda: bars.get_attribute("aria-label") == final)
    heights = page.locator("#by-lag .bar").evaluate_all(
        "all => all.map((b) => +b.getAttribute('height'))"
    )
    assert max(heights) > 10
    errors = page.locator("#positions svg")
    first = re.compile(r"Error by position: 1: \d+\.\d+ %, 2: \d+\.\d+ %, 3: ")
    expect(errors).to_have_attribute("aria-label", first)
    assert page.locator("#positions path.line").count() == page.locator("#positions .band").count()


def test_a_measurement_and_a_study_are_begun_and_stopped(opened: Opened) -> None:
    page = opened("measure")
    page.locator("#measured").select_option("rnn")
    page.locator("#layer-units").fill("4")
    page.locator("#measure-begin").click()
    expect(page.locator("#reports article").first).to_contain_text("rnn, 4 units")
    page.locator("#measure-stop").click()
    expect(page.locator("#measure-stop")).to_be_disabled(timeout=60_000)
    turn(page, "study")
    page.locator("#sweep-axes").fill("lag=1..4 units=4 vocab_size=4 epochs=500 learning_rate=1e-7")
    page.locator("#sweep-begin").click()
    expect(page.locator("#sweep-stop")).to_be_enabled()
    page.locator("#sweep-stop").click()
    expect(page.locator("#sweep-stop")).to_be_disabled(timeout=60_000)


def test_it_is_used_by_keyboard_alone(opened: Opened) -> None:
    page = opened("task")
    press, focus = page.keyboard.press, page.locator(":focus")

    def tab_to(place: str) -> None:
        for _ in range(60):
            press("Tab")
            if page.locator(f"{place}:focus").count():
                return
        raise AssertionError(place)

    page.locator("body").press("Tab")
    expect(focus).to_have_text("Skip to the content")
    tab_to('[data-screen="train"]')
    press("Enter")
    expect(page.locator("section#train")).to_be_visible()
    tab_to("#c-units")
    press("Control+A")
    page.keyboard.type("8")
    tab_to("#c-seeds")
    press("Control+A")
    page.keyboard.type("2")
    tab_to("#begin")
    expect(page.locator("#code pre").first).to_contain_text("--units 8 --seeds 2")
    outline = focus.evaluate("each => getComputedStyle(each).outlineStyle")
    assert outline == "solid"
    press("Enter")
    expect(page.locator("#stop")).to_be_enabled()
    tab_to("#stop")
    press("Enter")
    expect(page.locator("#stop")).to_be_disabled(timeout=60_000)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_windows_stand_still_where_motion_is_unwanted(opened: Opened, motion: str) -> None:
    page = opened("task", opened.context(motion=motion))
    play, window = page.locator("#framing button"), page.locator("#window-shown")
    expect(play).to_have_text("Play" if motion == "reduce" else "Pause")
    page.wait_for_timeout(1500)
    assert (window.input_value() == "0") == (motion == "reduce")


@pytest.fixture(scope="module")
def filled(lab: Lab, solved: str) -> str:
    """Something to see on every screen."""
    small = {**SMALL, "lag": "1", "window": "4", "length": "20", "readout": "all", "epochs": "300"}
    lab.ended("emergences", small)
    return lab.ask("measurements", {"layer": "rnn", "units": 4, "budget": "10s"})["id"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_and_nothing_scrolls_sideways(
    opened: Opened, scheme: str, filled: str, solved: str
) -> None:
    page = opened("task", opened.context(scheme), preset="blind", fit="tutorial")
    watched(page, lambda: page.locator("#reports article .headline").count(), 60)
    for wide in (1400, 360):
        page.set_viewport_size({"width": wide, "height": 900})
        for screen in SCREENS:
            turn(page, screen)
            if screen == "try":
                expect(page.locator("#typed")).to_have_value(re.compile(r"\d"))  # the example
                page.locator("#predict").click()
                page.locator("#predicted tbody tr").first.wait_for()
            faults = violations(page)
            assert not faults, (scheme, wide, screen, faults)
            size = page.evaluate("() => document.documentElement.scrollWidth")
            assert size <= wide, (scheme, wide, screen, page.evaluate(TOO_WIDE, wide))
