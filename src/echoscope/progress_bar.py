"""A bar while something trains: on a terminal and in a notebook; where nobody watches, nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from html import escape
from importlib import import_module
from typing import Any


@contextmanager
def training_bar() -> Iterator[Callable[[Any], None]]:
    """Shows the progress of one group: epochs, accuracy, time left."""
    with bar("compiling", "{task.fields[accuracy]}") as update:

        def show(progress: Any) -> None:
            accuracies = [
                point.held_out[1] if point.held_out else point.accuracy for point in progress.points
            ]
            accuracy = sum(accuracies) / len(accuracies)
            update(
                description="training",
                total=progress.epochs,
                completed=progress.epoch,
                accuracy=f"accuracy {accuracy:.1%}",
            )

        yield show


def showing(begin: str, shown: bool) -> AbstractContextManager[Callable[..., None]]:
    """What says by `description` what is being done, if it is to be `shown`."""
    return bar(begin, "", left=False) if shown else _silence()


def bar(begin: str, beside: str, left: bool = True) -> AbstractContextManager[Callable[..., None]]:
    """What updates a bar: `description`, `completed` of `total`, and `accuracy`, which is shown
    where `beside` names it.

    It is on standard error where that is a terminal, in the cell's output in a notebook, and silent
    elsewhere. It goes when the work is done.
    """
    if _in_marimo():
        return _marimo(begin)
    if sys.stderr is not None and sys.stderr.isatty():
        return _terminal(begin, beside, left)
    return _notebook(begin) if _in_notebook() else _silence()


@contextmanager
def _silence() -> Iterator[Callable[..., None]]:
    yield lambda **_: None


@contextmanager
def _terminal(begin: str, beside: str, left: bool) -> Iterator[Callable[..., None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    narrow = Column(no_wrap=True, overflow="ellipsis")
    columns = [
        TextColumn("{task.description}"),
        BarColumn(None),
        TextColumn(beside, table_column=narrow),
    ]
    if left:
        columns.append(TimeRemainingColumn(compact=True))
    with Progress(*columns, console=Console(stderr=True), transient=True, expand=True) as bar:
        task = bar.add_task(begin, total=None, accuracy="")
        yield lambda **values: bar.update(task, **values)


def _in_notebook() -> bool:
    """Whether this is a kernel, whose shell has one; asks nothing where IPython is not loaded."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


def _in_marimo() -> bool:
    """Whether this is a cell of a marimo notebook that somebody looks at; asks nothing where marimo
    is not loaded.
    """
    marimo = sys.modules.get("marimo")
    return marimo is not None and marimo.running_in_notebook()


@contextmanager
def _marimo(begin: str) -> Iterator[Callable[..., None]]:
    with import_module("marimo").status.spinner(begin) as cell:
        yield lambda **values: cell.update(_words(**values))


@contextmanager
def _notebook(begin: str) -> Iterator[Callable[..., None]]:
    shown = import_module("IPython.display")
    cell = shown.display(shown.HTML(_progress(begin)), display_id=True)
    try:
        yield lambda **values: cell.update(shown.HTML(_progress(**values)))
    finally:
        cell.update(shown.HTML(""))


def _words(
    description: str, total: int | None = None, completed: int = 0, accuracy: str = ""
) -> str:
    """Progress in words.

    >>> _words("training", 4, 1, "accuracy 9.0%")
    'training: 25%, accuracy 9.0%'
    """
    parts = [f"{completed / total:.0%}" if total else "", accuracy]
    return ": ".join(filter(None, (description, ", ".join(filter(None, parts)))))


def _progress(
    description: str, total: int | None = None, completed: int = 0, accuracy: str = ""
) -> str:
    """A bar as HTML.

    >>> _progress("training", 4, 1, "accuracy 9.0%")
    'training <progress value="1" max="4"></progress> accuracy 9.0%'
    """
    of = "" if total is None else f' value="{completed}" max="{total}"'
    return f"{escape(description)} <progress{of}></progress> {escape(accuracy)}".rstrip()
