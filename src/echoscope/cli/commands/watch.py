"""`echoscope watch`: an echo as it emerges in a network's state, live, and as a film."""

from typing import TYPE_CHECKING

import click

from echoscope.cli.help import command
from echoscope.cli.options import experiment_of, value, with_json, with_plugin, with_settings
from echoscope.cli.signals import SHELL, EndedError, first_signal_waits
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.live import lag_bars, watching
from echoscope.cli.terminal.write import say
from echoscope.emergence.checks import check, saved_as
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fusible import fusible
from echoscope.process import xla
from echoscope.process.leaving import pulled
from echoscope.process.supervisor import supervise
from echoscope.settings import Value, whole
from echoscope.training.memory import check_room

if TYPE_CHECKING:
    from echoscope.emergence.frames import Frame

FRAMES, MOST = "24", 500
FAILED = 1  # the exit status where the network diverged
ENDING = "ending within a slice and keeping what was seen."
NOTHING = "echoscope: interrupted before the first step; nothing was written."
GRACE = 1.0  # seconds for the frame that is being made


@command(
    "echoscope watch lag --fit quick --vocab-size 8 --lag 3 --save echo.gif",
    "echoscope watch lag --vocab-size 8 --save echo.svg",
    "echoscope watch hold --delay 5 --json",
)
@with_settings
@click.option(
    "--save",
    metavar="FILE",
    help="save a film, .gif or .mp4, or one picture of all frames, .png or .svg.",
)
@click.option(
    "--frames",
    default=FRAMES,
    metavar="N",
    show_default=True,
    help="at how many moments to look, at most, closer together in the beginning.",
)
@with_plugin
@with_json
def watch(save: str | None, frames: str, as_json: bool, **values: Value) -> int:
    """Watch an echo emerge: train a network, and see what its state holds of every lag.

    A linear probe reads, at moments of the training, how many bits of each earlier integer the
    state holds. The run is not kept: echoscope run trains the same and keeps it.
    """
    experiment = experiment_of(values)
    check(experiment)
    count = whole("frames", value(frames), 2, MOST)
    if save:
        saved_as(save)
    xla.ask_for_speed(fusible([experiment]))
    supervise()
    check_room(experiment, 1)
    seen, ended, saved = _seen(experiment, count, save)
    if as_json:
        documents = [frame.to_json() for frame in seen]
        screen.document({"experiment": experiment.to_json(), "frames": documents})
    elif len(seen) > 1:
        _page(seen, saved)
    if len(seen) < 2 and ended:
        say(NOTHING, err=True)
    return SHELL + ended if ended else FAILED if seen[-1].accuracy is None else 0


def _seen(
    experiment: Experiment, count: int, save: str | None
) -> "tuple[list[Frame], int, str | None]":
    """The frames of a training, the signal that ended it (0 where none did), and where the film
    is.
    """
    from echoscope.emergence.film import save as save_film
    from echoscope.emergence.frames import frames as frames_of
    from echoscope.emergence.pictures import name_of

    seen: list[Frame] = []
    with watching() as show:
        with first_signal_waits(ENDING) as noted:

            def over() -> bool:
                return bool(noted)

            for frame in pulled(frames_of(experiment, count, over), over, GRACE):
                seen.append(frame)
                show(frame, "")
        if save and len(seen) > 1:
            show(seen[-1], f"drawing {len(seen)} frames for {save}")
            try:
                save_film(seen, save, name_of(experiment))
            except EndedError as again:
                say(f"echoscope: ended before {save} was drawn; it was not written.", err=True)
                return seen, again.number, None
            output.kept(f"what was seen is saved in {save}")
    return seen, noted[0] if noted else 0, save


def _page(seen: "list[Frame]", save: str | None) -> None:
    """The first and the last frame, and the last there is something to read of."""
    for frame in (seen[0], [frame for frame in seen if frame.probed][-1]):
        first, *bars = lag_bars(frame, screen.width() - 2)
        screen.title(first)
        for line in bars:
            say(f"  {line}")
    if seen[-1].accuracy is None:
        say(f"  diverged after {seen[-1].step:,} steps: try a smaller learning rate")
    if save:
        say(f"saved in {save}")
