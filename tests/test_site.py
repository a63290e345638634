"""The site of the pages: every link of every page leads somewhere, as Markdown and as HTML, and
nothing is asked of another host.
"""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from lab_browser import CHROMIUM, chromium, violations, watched

ROOT = Path(__file__).parent.parent
LOOKED_AT = ("README", "docs/learn/README", "docs/learn/lags", "docs/lab")


def built(source: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """The site of a clone in a folder, by the command of the pages."""
    command = [sys.executable, str(source / "docs" / "make_site.py"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=source)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Links between the Markdown pages, to headings and files, are checked while it is built."""
    folder = tmp_path_factory.mktemp("built") / "site"
    done = built(ROOT, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Open {folder / 'index.html'}\n"
    return folder


def pages_of(site: Path) -> dict[Path, str]:
    """Its pages, but for those that are files which a page links to."""
    pages = {page: page.read_text() for page in site.rglob("*.html")}
    return {page: text for page, text in pages.items() if "_downloads" not in page.parts}


def test_every_page_is_in_the_site_and_every_link_of_it_leads_somewhere(site: Path) -> None:
    from bs4 import BeautifulSoup

    sources = [
        page.relative_to(ROOT)
        for folder in ("", "bench", "docs", "examples", "findings")
        for page in (ROOT / folder).glob("**/*.md" if folder else "*.md")
    ]
    pages = {page: BeautifulSoup(text, "html.parser") for page, text in pages_of(site).items()}
    assert len(sources) > 40
    assert {site / page.with_suffix(".html") for page in sources} <= {*pages}
    names = {page: {tag["id"] for tag in tree.select("[id]")} for page, tree in pages.items()}
    count = 0
    for page, tree in pages.items():
        links = [tag.get("href") or tag.get("src") for tag in tree.select("[href], [src]")]
        for link in map(urlsplit, filter(None, map(str, links))):
            if link.scheme:
                continue
            count += 1
            target = (page.parent / unquote(link.path)).resolve() if link.path else page
            assert target.is_file(), (page, link)
            assert not link.fragment or link.fragment in names[target], (page, link)
    assert count > 3000


def test_links_that_lead_nowhere_fail_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("conf.py", "make_site.py", "site.css"):
        (tmp_path / "docs" / name).write_bytes((ROOT / "docs" / name).read_bytes())
    (tmp_path / "src").symlink_to(ROOT / "src")
    config, page = tmp_path / "docs" / "conf.py", tmp_path / "README.md"
    config.write_text(config.read_text() + '\nCONTENTS, WITHIN = {"": ["docs/words"]}, {}\n')
    (tmp_path / "docs" / "words.md").write_text("# Words\n\n[back](../README.md#echoscope)\n")
    page.write_text("# Echoscope\n\n[words](docs/words.md#words)\n")
    assert built(tmp_path, tmp_path / "site").returncode == 0
    links = "[a](docs/page.md) [b](docs/words.md#there) [c](#here) ![d](docs/d.svg)"
    page.write_text(f"{page.read_text()}{links}\n")
    (tmp_path / "docs" / "alone.md").write_text("# Alone\n")
    done = built(tmp_path, tmp_path / "site")
    assert done.returncode == 1
    for nowhere in ("docs/page.md", "'there'", "'here'", "docs/d.svg", "alone.md"):
        assert nowhere in done.stderr


def test_a_folder_with_other_files_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = built(ROOT, tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        f"{tmp_path} has other files than a site's: name another folder.\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_the_site_is_made_by_is_named_where_it_is_not_installed(tmp_path: Path) -> None:
    command = [sys.executable, "-S", str(ROOT / "docs" / "make_site.py"), str(tmp_path / "site")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("The site is made by Sphinx, MyST and Furo, which are not all")
    assert not (tmp_path / "site").exists()


def test_no_page_and_no_style_loads_anything_from_another_host(site: Path) -> None:
    from bs4 import BeautifulSoup

    for page, text in pages_of(site).items():
        for tag in BeautifulSoup(text, "html.parser").select("link, [src], [srcset], form"):
            loads = [tag.get(name) for name in ("href", "src", "srcset", "action")]
            assert not any("//" in str(address) for address in loads if address), (page, tag)
    for style in site.rglob("*.css"):
        loads = re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')]+)", style.read_text())
        outside = [address for address in loads if "//" in address]
        assert not [address for address in outside if not address.startswith("data:")], style


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    """The site's address on this computer."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the pages with")
def test_a_browser_asks_one_host_and_all_can_use_the_pages(served: str, site: Path) -> None:
    report = next(site.glob("_downloads/*/lag.html")).relative_to(site)
    with chromium() as browser:
        for width, scheme in ((1400, "dark"), (360, "light")):
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,  # pyright: ignore[reportArgumentType]
            )
            page = context.new_page()
            asked: list[str] = []
            faults: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("pageerror", lambda error, faults=faults: faults.append(str(error)))
            page.goto(served)
            page.wait_for_url("**/README.html")
            for name in LOOKED_AT:
                page.goto(f"{served}{name}.html")
                wide = page.evaluate("() => document.documentElement.scrollWidth")
                assert wide <= width, (name, wide)
                assert not violations(page), name
            page.goto(f"{served}search.html?q=reservoir")
            results = page.locator("#search-results ul.search li a")
            watched(page, lambda results=results: results.count())
            results.first.click()
            page.goto(f"{served}{report}")
            watched(page, lambda page=page: page.locator("svg, canvas").count())
            assert not faults
            assert len(asked) > 20
            assert not [url for url in asked if not url.startswith((served, "data:", "blob:"))]
            context.close()
