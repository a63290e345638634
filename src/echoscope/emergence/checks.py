"""What can be watched, and where it can be saved: asked before anything is trained."""

from importlib.util import find_spec

from echoscope.errors import SettingError, check_place
from echoscope.experiment.experiment import Experiment
from echoscope.registry import kind_of

GIF, MP4, STILLS = ".gif", ".mp4", (".png", ".svg")
KINDS = (GIF, MP4, *STILLS)
MP4_LIBRARY = "av"  # PyAV
WIDEST = 200  # time steps of a window that can be looked at
REGRESSION = "scalar"  # the encoding that says one number, of no symbol in particular


def check(experiment: Experiment) -> None:
    """Refuse what has no state that is read time step by time step, with a `SettingError`."""
    task = experiment.task
    carries = kind_of(experiment.model).carries
    if not carries or experiment.bidirectional:
        what = "reads each window from both ends" if carries else "hands on none that can be read"
        raise SettingError(
            "An echo is watched in the state that is handed on from time step to time step, and"
            f" model {experiment.model} {what}: use one that has such a state, as lstm with readout"
            " last or all and bidirectional false."
        )
    if experiment.encoding == REGRESSION:
        raise SettingError(
            f"encoding {REGRESSION} predicts one number and no symbol, so an echo cannot be watched"
            " in it: use encoding one-hot."
        )
    if task.column_sizes:
        raise SettingError(
            "An echo is watched of one integer at a time, and this task reads several columns:"
            " leave columns out."
        )
    if experiment.data is not None:
        raise SettingError(
            "An echo is watched as it emerges from random integers, and these settings are of user"
            " data: use data None."
        )
    if task.time_steps > WIDEST:
        raise SettingError(
            f"An echo is watched in windows of at most {WIDEST} time steps, not {task.time_steps}:"
            " use a shorter window."
        )


def saved_as(path: str) -> str:
    """The ending that says what is saved: a film, or a still of all frames. Raises `StoreError` for
    another one, and for a place where no file can be, `SettingError` where what makes it is not
    installed.
    """
    kind = check_place(path, KINDS, "A film or a picture")
    check_film(kind)
    return kind


def check_film(kind: str) -> None:
    """Refuse a film of which the library is not installed, with a `SettingError`."""
    if kind == MP4 and not makes_mp4():
        raise SettingError(
            "A film as .mp4 needs PyAV, which is not installed: install it with pip install"
            " 'echoscope[mp4]', or save a .gif."
        )


def makes_mp4() -> bool:
    """Whether the library that makes MP4 is installed."""
    return find_spec(MP4_LIBRARY) is not None
