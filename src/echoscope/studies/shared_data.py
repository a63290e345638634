"""User data for workers: every piece of work names them, and each worker reads them once."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from echoscope.errors import EchoscopeError, SettingError, StoreError
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fold import folds_of
from echoscope.experiment.user_data import UserData, settled
from echoscope.store import user_data_file
from echoscope.studies.grid import Study

_READ: dict[str, UserData] = {}  # what this process has read last, by its name


class MissingDataError(EchoscopeError):
    """A worker has no user data of this name, and cannot read them: it must be given them."""


@dataclass(frozen=True)
class SharedData:
    """User data by their `name`, in the `folder` of a store that may be out of a worker's reach;
    with `data`, they come along.
    """

    name: str
    folder: str
    data: UserData | None = None

    def read(self) -> UserData:
        """The data: those that came along, else those that this process has read before, else the
        store's. Raises `MissingDataError` where they are none of these.
        """
        if self.name not in _READ:
            data = self._kept() if self.data is None else self.data
            _READ.clear()
            _READ[self.name] = data
        return _READ[self.name]

    def _kept(self) -> UserData:
        try:
            data = user_data_file.read(Path(self.folder), self.name)
        except StoreError:
            data = None
        if data is None:
            raise MissingDataError(f"The user data {self.name} are not in {self.folder} here.")
        return data


def named(study: Study, value: object) -> tuple[Study, UserData | None]:
    """The study as `Study.of_data` has it for these user data, and the data; None where there are
    none.

    Raises `SettingError` where the study names data that are not given, else as `UserData.of`.
    """
    if value is None:
        if study.data is not None:
            raise SettingError(
                f"The integers {study.data} must be given to train on them: a study names them,"
                " and does not hold them."
            )
        return study, None
    data = value if isinstance(value, UserData) else UserData.of(study.cells()[0], value)
    return study.of_data(data), data


def check_shapes(shapes: Iterable[Experiment], study: Study, data: UserData) -> None:
    """Refuse user data that cells of some shape cannot be trained on, in one of the study's folds:
    as `UserData.of`, and with a `SettingError` where they contradict a setting.
    """
    folds = (None,) if study.folds is None else folds_of(study.folds)
    for shape, fold in product(shapes, folds):
        cell = shape.change(fold=fold)
        UserData.of(cell, data)
        if settled(cell, data) != cell:
            raise SettingError("User data have their own gaps: leave missing out.")
