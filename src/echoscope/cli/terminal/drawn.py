"""Which integers a network is put to the test with."""

from echoscope.cli.terminal import screen
from echoscope.integers import Integers
from echoscope.runs.run import Record


def kind(data: Integers | None) -> str:
    """What the targets are called that a network is tested on."""
    return "fresh" if data is None else "held-out"


def drawn(data: Integers | None) -> str:
    """What a network is put to the test with, in JSON."""
    return "random" if data is None else "held-out"


def say_drawn(record: Record, data: Integers | None) -> None:
    """Where the integers are from, for a network that learned from own ones."""
    if record.experiment.data is None:
        return
    source = record.source or record.experiment.data
    screen.paragraph(
        f"It hears the end of {source} that was held out."
        if data is not None
        else (
            f"It learned from {source}, which is not kept in this store (older records are without"
            " it): it hears random integers, each symbol equally likely, and chance is that of"
            " those."
        )
    )
