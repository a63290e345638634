"""Watch an echo emerge: train a network, and keep what was seen on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from echoscope.emergence.film import save
from echoscope.emergence.frames import FRAMES, Frame, frames
from echoscope.emergence.pictures import name_of, picture
from echoscope.errors import SettingError, StoreError, shown
from echoscope.experiment.experiment import Experiment, check_experiment
from echoscope.figures.notebook import offline
from echoscope.figures.style import Chart
from echoscope.html_repr import HtmlRepr
from echoscope.progress_bar import showing
from echoscope.settings import whole


@dataclass(frozen=True, eq=False, repr=False)
class Film(HtmlRepr, shown_by="networks"):
    """What was seen of a training: its `frames`, at least one, and what was trained (`name`)."""

    frames: tuple[Frame, ...]
    name: str

    def __post_init__(self) -> None:
        if not self.frames:
            raise SettingError("A Film needs a frame, and has none: watch gives one.")

    def picture(self, place: int = -1) -> Chart:
        """One frame, the last one if nothing else is said, on the scales of all. Raises
        `SettingError` where there is no such frame.
        """
        place = whole("place", place, -len(self.frames), len(self.frames) - 1)
        return offline(picture(self.frames[place], self.frames, self.name))

    def save(self, path: str | Path) -> None:
        """Write it as a film (.gif, .mp4) or as one picture of all frames (.png, .svg), in place of
        what was there. Raises `StoreError` for another ending and for what cannot be written.
        """
        if not isinstance(path, str | Path) or "\0" in str(path):
            raise StoreError(f"A film is saved in a file, not in {shown(path)}: give its path.")
        save(self.frames, str(path), self.name)

    def __repr__(self) -> str:
        return f"<Film of {self.name}: {len(self.frames)} frames to step {self.frames[-1].step:,}>"


def watch(
    experiment: Experiment,
    count: int = FRAMES,
    over: Callable[[], bool] = lambda: False,
    progress: bool = True,
) -> Film:
    """Train an experiment, and look at its network at moments of the training, at most `count` of
    them, as `frames` does; when `over` says so, what was seen until then is the film. Progress is
    shown on a terminal and in a notebook, unless `progress` is False.

    >>> watch(preset("lag", vocab_size=4, units=4, epochs=8), 4)
    <Film of Lag 1, lstm of 4 units: 4 frames to step 32>

    Raises `SettingError` for a network that has no state to be looked at.
    """
    check_experiment(experiment, "watch")
    seen: list[Frame] = []
    with showing("compiling", progress) as show:
        for frame in frames(experiment, count, over):
            seen.append(frame)
            accuracy = "" if frame.accuracy is None else f", accuracy {frame.accuracy:.1%}"
            show(description=f"training: step {frame.step:,}{accuracy}")
    return Film(tuple(seen), name_of(experiment))
