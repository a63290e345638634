"""How Sphinx makes a site of the Markdown pages, which stay as they are read on GitHub.

`python docs/make_site.py` builds it. The pages are found at the root of the repository, so links
between them, and to files, are the same there and here.
"""

from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

project = "Echoscope"
language = "en"
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["*.md", "bench/**.md", "docs/**.md", "examples/**.md"]
exclude_patterns = [".*", "site", "src", "tests"]  # folders that are not looked into
myst_heading_anchors = 6  # each heading has GitHub's anchor
nitpicky = True
smartquotes = False  # two dashes are a flag

html_theme = "furo"
html_title = "Echoscope"
html_favicon = "../src/echoscope/lab/static/icon.svg"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_use_index = html_copy_source = html_show_copyright = False

# Navigation: captions, and below them pages in the order in which they are read.
CONTENTS = {
    "Learn": ["docs/learn/README", "docs/lab", "docs/notebooks", "docs/learn/keras"],
    "A sequence of your own": ["docs/learn/own", "docs/studies"],
    "A layer of your own": ["docs/measure/README", "docs/plugins"],
    "Measured": ["docs/results/README", "bench/README"],
    "Look up": ["docs/reference", "docs/words"],
    "The project": ["docs/decisions/README", "CONTRIBUTING", "CHANGELOG"],
}
WITHIN = {
    "docs/learn": "current blind lag whole partial"
    " state gaps lags longer encodings models streaming loops emergence",
    "docs/measure": "pure flax equinox keras torch arrays xray report measures peers ci",
    "docs/results": "lag extensions models tasks layers baselines memory",
}
# What Sphinx and Furo write, and what axe-core asks for: levels, names, what scrolls by keyboard.
ACCESSIBLE = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="This page" class="toc-drawer',
    '<th class="head"><p></p></th>': "<td></td>",
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div id="search-results">': '<h1 class="visually-hidden">Search</h1><div id="search-results">',
}
TREE = "\n\n```{{toctree}}\n:hidden:\n{}\n{}\n```\n"


def add_contents(app: Sphinx, page: str, source: list[str]) -> None:
    """Give a page that has others below it the list of them, which is not shown on it."""
    lists = CONTENTS if page == root_doc else {}
    folder, _, name = page.rpartition("/")
    if folder in WITHIN and name == "README":
        lists = {"": [f"{folder}/{child}" for child in WITHIN[folder].split()]}
    for caption, pages in lists.items():
        option = f":caption: {caption}\n" if caption else ""
        source[0] += TREE.format(option, "\n".join(f"/{child}" for child in pages))


def open_files(app: Sphinx, tree: nodes.document, page: str) -> None:
    """A link to a file that is no page opens the file, which is copied, as it does on GitHub."""
    up = "../" * (len(PurePosixPath(page).parts) - 1)
    for link in list(tree.findall(addnodes.download_reference)):
        if "filename" in link:
            address = f"{up}_downloads/{link['filename']}"
            link.replace_self(nodes.reference("", "", *link.children, refuri=address))


def finish(app: Sphinx, failed: Exception | None) -> None:
    """The root is the front page, and every page can be used by keyboard and screen reader."""
    if failed:
        return
    site = Path(app.outdir)
    for page in [page for page in site.rglob("*.html") if "_downloads" not in page.parts]:
        text = page.read_text()
        for written, read in ACCESSIBLE.items():
            text = text.replace(written, read)
        page.write_text(text)
    text = f'<!doctype html><meta http-equiv="refresh" content="0; url={root_doc}.html">'
    (site / "index.html").write_text(f"{text}<title>{project}</title>\n")


def setup(app: Sphinx) -> None:
    """What Sphinx calls at each step."""
    app.connect("source-read", add_contents)
    app.connect("doctree-resolved", open_files)
    app.connect("build-finished", finish)
