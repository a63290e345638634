"""Which integers a network is put to the test with."""

from echoscope.cli.terminal import screen
from echoscope.experiment.user_data import UserData
from echoscope.runs.run import Run


def kind(data: UserData | None) -> str:
    """What the targets are called that a network is tested on."""
    return "fresh" if data is None else "held-out"


def drawn(data: UserData | None) -> str:
    """What a network is put to the test with, in JSON."""
    return "random" if data is None else "held-out"


def say_drawn(run: Run, data: UserData | None) -> None:
    """Where the integers are from, for a network that trained on user data."""
    if run.experiment.data is None:
        return
    source = run.source or run.experiment.data
    screen.paragraph(
        f"It reads the end of {source} that was held out."
        if data is not None
        else (
            f"It trained on {source}, which is not kept in this store (older runs are without it):"
            " it reads random integers, each symbol equally likely, and chance is that of those."
        )
    )
