"""A study: a grid of experiments, said by the values of their settings."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from echoscope.errors import SettingError, many
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fields import FIELDS, flags, value_of
from echoscope.experiment.fold import folds_of
from echoscope.experiment.presets import FITS, PRESETS, check_preset, preset
from echoscope.experiment.user_data import UserData, settled
from echoscope.html_repr import HtmlRepr
from echoscope.registry import LAYERS
from echoscope.settings import Json, JsonValue, Settings, Value, as_float, choice, setting, whole
from echoscope.studies.axis import MOST_CELLS, bare, listed_values, one_text, text_of, values_of
from echoscope.studies.cells import Cells, Grid
from echoscope.synonyms import named
from echoscope.tasks.base import ECHO
from echoscope.tasks.echo import Echo

MOST_SEEDS = 1000
LAST_SEED = 2**32 - 1
# Settings that no other one contradicts in any study.
FREE = ("encoding", "learning_rate", "epochs", "target_accuracy", "fold", "seed")


@dataclass(frozen=True, kw_only=True, repr=False)
class Study(HtmlRepr, Settings):
    """A grid of experiments: a preset, and for some of its settings several values, each over
    several seeds.

    >>> study = Study(preset="lag", seeds=2, axes={"lag": "1..3", "model": "lstm,gru"})
    >>> len(study.cells()), study.axes["lag"]
    (12, ((1,), (2,), (3,)))

    Seeds are `seed`, `seed` + 1, and so on. Every cell must be an experiment: none is left out in
    silence. Raises `SettingError` when a setting breaks its rule, says a value twice, or
    contradicts another one in any cell.
    """

    noun: ClassVar[str] = "A study"

    preset: str = setting("the preset that every cell starts from", "lag", choices=tuple(PRESETS))
    fit: str = setting("how every cell is trained: tutorial or quick", "tutorial", choices=FITS)
    seeds: int = setting("how many seeds each cell of settings is trained with", 5)
    axes: Mapping[str, tuple[Value, ...]] = setting(
        "the settings, in order, and the values that each takes", ()
    )
    data: str | None = setting(
        "none: random integers; else the name of user data, a hash of them", None
    )
    folds: int | None = setting(
        "none: the last fifth of user data is held out; else how many folds in time order every"
        " cell is trained with",
        None,
    )

    def __post_init__(self) -> None:
        self._settle(
            preset=check_preset(self.preset),
            fit=choice("fit", self.fit, FITS),
            seeds=whole("seeds", self.seeds, 1, MOST_SEEDS),
            axes=MappingProxyType(_axes(self.axes)),
            folds=None if self.folds is None else len(folds_of(self.folds)),
        )
        if self.folds is not None and self.data is None:
            raise SettingError(
                "Folds are of user data, and these are random: leave folds out, or name a file."
            )
        if len(self) > MOST_CELLS:
            raise SettingError(
                f"A study must have at most {MOST_CELLS} cells, not {len(self)}: use fewer values"
                " or seeds."
            )
        grid = self._grid()
        for combination in _telling(grid):
            seed = self._checked(grid, combination).seed
            if seed + self.seeds - 1 > LAST_SEED:
                raise SettingError(
                    f"seeds {self.seeds} from seed {seed} must end by {LAST_SEED}: "
                    "use a smaller seed."
                )

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        axes = {name: text_of(values) for name, values in self.axes.items()}
        rest = "".join(f", {name}={value!r}" for name, value in self._of_data().items())
        start = f"preset={self.preset!r}, fit={self.fit!r}, seeds={self.seeds}"
        return f"Study({start}, axes={axes}{rest})"

    def __len__(self) -> int:
        return self.seeds * prod(map(len, self.axes.values())) * (self.folds or 1)

    def _of_data(self) -> Json:
        """What it says of user data, nothing where it has none."""
        values = {"data": self.data, "folds": self.folds}
        return {name: value for name, value in values.items() if value is not None}

    def of_data(self, data: UserData) -> "Study":
        """The study that trains on user data: their name is part of it, and their share of gaps.

        >>> study = Study(preset="lag", axes={"vocab_size": 3, "lag": -1, "window": "1..3"})
        >>> data = UserData.of(study.cells()[0], np.arange(60) % 3)
        >>> study.of_data(data).cells()[0].data == data.name
        True

        Raises as `settled`, and `SettingError` where the study names other data.
        """
        if self.data not in (None, data.name):
            raise SettingError(
                f"data names the integers {self.data}, but those given are {data.name}: give those."
            )
        if len(self.axes.get("missing", ())) > 1:
            raise SettingError("User data have their own gaps: say one value of missing.")
        first = self.cells()[0]
        decided = settled(first, data)
        axes = dict(self.axes)
        for name in flags():
            if value_of(decided, name) != value_of(first, name):
                axes[name] = (value_of(decided, name),)
        if axes.get("missing") == (0.0,):  # the data have no gaps, and that need not be said
            del axes["missing"]
        return self.with_settings(data=data.name, axes=axes)

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits, equal for two studies exactly when their cells are the same:
        the hash of `changed`.

        So neither the order of axes nor that of values changes an identity, nor does saying what
        the preset says.
        """
        settings = json.dumps(self.changed(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(settings.encode()).hexdigest()[:12]

    def changed(self) -> Json:
        """How many seeds, and the sorted values of every setting that has others than its default
        alone, as plain JSON.
        """
        start, plain = preset(self.preset, self.fit), Experiment()
        settings: Json = {"seeds": self.seeds}
        if start.task.kind != ECHO:
            settings["task"] = start.task.kind
        for name in flags():
            values = self.axes.get(name, (value_of(start, name),))
            if values != (value_of(plain, name),):
                settings[name] = sorted(map(_plain, values), key=json.dumps)
        return settings | self._of_data()

    def cells(self) -> Cells:
        """Every experiment: the last axis changes faster than those before it, and seeds fastest of
        all.
        """
        return Cells(self._grid(), range(len(self)))

    @property
    def chance(self) -> float:
        """The largest chance of its cells."""
        grid = self._grid()
        return max(grid.made(combination).task.chance for combination in _telling(grid))

    def to_json(self) -> Json:
        """Plain JSON values; a lag alone is a number, and several asked at once are a list of their
        own.
        """
        axes = {name: list(map(_plain, values)) for name, values in self.axes.items()}
        start = {"preset": self.preset, "fit": self.fit, "seeds": self.seeds, "axes": axes}
        return start | self._of_data()

    def _grid(self) -> Grid:
        folds = {} if self.folds is None else {"fold": folds_of(self.folds)}
        start = preset(self.preset, self.fit, data=self.data)
        return Grid(start, dict(self.axes) | folds, self.seeds)

    def _checked(self, grid: Grid, combination: int) -> Experiment:
        try:
            return grid.made(combination)
        except SettingError as error:
            settings = grid.settings(combination)
            varied = [name for name in settings if len(grid.axes[name]) > 1]
            cell = ", ".join(f"{name} {one_text(settings[name])}" for name in varied)
            raise SettingError(
                f"The cell {cell} cannot be: {error}" if cell else str(error)
            ) from None


def free(grid: Grid) -> tuple[str, ...]:
    """The settings that no other one contradicts in any cell: `vocab_size` where the task is the
    echo, and `units` where no model needs a multiple of a number.
    """
    models = grid.axes.get("model", (grid.start.model,))
    kinds = [LAYERS[name] for name in models if name in LAYERS]  # an unknown one is refused
    sizes = ("vocab_size",) if isinstance(grid.start.task, Echo) else ()
    return (*FREE, *sizes, *(("units",) if all(kind.multiple == 1 for kind in kinds) else ()))


def _telling(grid: Grid) -> list[int]:
    """Combinations of which one breaks a rule if any does, in their order: all of the settings that
    can contradict each other, and every value of the others once.
    """
    sizes, alone = dict(zip(grid.axes, grid.sizes, strict=True)), free(grid)
    kinds = [range(size) if name not in alone else range(1) for name, size in sizes.items()]
    places = set(product(*kinds))
    for axis, (name, size) in enumerate(sizes.items()):
        if name in alone:
            places |= {
                (*[0] * axis, value, *[0] * (len(sizes) - axis - 1)) for value in range(size)
            }
    if not sizes:
        return [0]
    at = np.array(sorted(places)).T
    result: list[int] = np.atleast_1d(np.ravel_multi_index(tuple(at), grid.sizes)).tolist()
    return sorted(result)


def label(study: Study) -> str:
    """What varies in a study, in one short sentence.

    >>> label(Study(axes={"lag": "1..16", "window": 20, "model": "lstm,gru"}))
    'lag 1 to 16, model lstm, gru; 5 seeds: 160 cells'
    """
    varied = [
        f"{name} {listed_values(values)}" for name, values in study.axes.items() if len(values) > 1
    ]
    seeds, cells = many(study.seeds, "seed"), many(len(study), "cell")
    folds = f"{many(study.folds, 'fold')}, " if study.folds else ""
    return f"{', '.join(varied) or f'preset {study.preset}'}; {folds}{seeds}: {cells}"


def _axes(raw: object) -> dict[str, tuple[Value, ...]]:
    """Every setting's values as its own rule settles them, so that equal values are noticed."""
    settings = {} if raw == () else raw
    if not isinstance(settings, Mapping):
        raise SettingError(
            f"axes must be settings with their values, not {raw!r}: write {{'lag': '1..8'}}."
        )
    axes: dict[str, tuple[Value, ...]] = {}
    for name, values in settings.items():
        if name in Study.fields():
            raise SettingError(
                f"{name} is said once of a whole study: write it beside the settings, not among"
                " them."
            )
        if name not in flags():
            raise SettingError(f"A study has no setting {name!r}: {named(str(name), flags())}")
        axes[name] = tuple(_settled(name, value) for value in values_of(name, values))
        twice = [value for value, times in Counter(axes[name]).items() if times > 1]
        if twice:
            raise SettingError(
                f"{name} must have each value once, not {one_text(twice[0])} twice: leave one out."
            )
    if len(axes.get("seed", ())) > 1:
        raise SettingError(
            f"seed must be one integer in a study, not {len(axes['seed'])}: say with seeds how many"
            " follow it."
        )
    return axes


def _settled(name: str, value: Value) -> Value:
    """1 is 1.0 where the setting is a number with decimals."""
    return as_float(value) if type(value) is int and "float" in str(FIELDS[name].type) else value


def _plain(value: Value) -> JsonValue:
    return list(bare(value)) if isinstance(bare(value), tuple) else bare(value)
