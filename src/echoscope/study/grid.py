"""A grid: the cells of a study, what of them is done, and which of them share one compiled
program.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from types import MappingProxyType
from typing import Any, ClassVar

from echoscope.elsewhere import named
from echoscope.errors import WordError
from echoscope.experiment import Experiment, Fit
from echoscope.presets import FITS, PRESETS, preset
from echoscope.shown import Shown
from echoscope.study.axis import MOST_CELLS, bare, even_step, one_text, text_of, values_of
from echoscope.task import Task
from echoscope.words import Words, as_float, choice, is_flag, whole, word

MOST_SEEDS = 1000
LAST_SEED = 2**32 - 1
MOST_LISTED = 8  # values of an axis that a label lists, at most

WORDS = {
    name: field
    for kind in (Task, Experiment, Fit)
    for name, field in kind.fields().items()
    if is_flag(field)
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Study(Shown, Words):
    """A grid of experiments: a preset, and for some of its words several values, each over several
    seeds.

    >>> study = Study(preset="lag", seeds=2, axes={"lag": "1..3", "model": "lstm,gru"})
    >>> len(study.cells()), study.axes["lag"]
    (12, ((1,), (2,), (3,)))

    Seeds are `seed`, `seed` + 1, and so on. Every cell must be an experiment: none is left out in
    silence. Raises `WordError` when a word breaks its rule, says a value twice, or contradicts
    another one in any cell.
    """

    noun: ClassVar[str] = "A study"

    preset: str = word("the echo that every cell starts from", "lag", choices=tuple(PRESETS))
    fit: str = word("how every cell is trained: tutorial or quick", "tutorial", choices=FITS)
    seeds: int = word("how many seeds each cell of words is trained with", 5)
    axes: Mapping[str, tuple[Any, ...]] = word(
        "the words, in order, and the values that each takes", ()
    )

    def __post_init__(self) -> None:
        self._settle(
            preset=choice("preset", self.preset, tuple(PRESETS)),
            fit=choice("fit", self.fit, FITS),
            seeds=whole("seeds", self.seeds, 1, MOST_SEEDS),
            axes=MappingProxyType(_axes(self.axes)),
        )
        if len(self) > MOST_CELLS:
            raise WordError(
                f"A study must have at most {MOST_CELLS} cells, not {len(self)}: use fewer values"
                " or seeds."
            )
        for experiment in self._without_seeds():
            if experiment.seed + self.seeds - 1 > LAST_SEED:
                raise WordError(
                    f"seeds {self.seeds} from seed {experiment.seed} must end by {LAST_SEED}: "
                    "use a smaller seed."
                )

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        axes = {name: text_of(values) for name, values in self.axes.items()}
        return f"Study(preset={self.preset!r}, fit={self.fit!r}, seeds={self.seeds}, axes={axes})"

    def __len__(self) -> int:
        return self.seeds * prod(map(len, self.axes.values()))

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits, equal for two studies exactly when their cells are the same:
        the hash of `said`.

        So neither the order of axes nor that of values changes an identity, nor does saying what
        the preset says.
        """
        words = json.dumps(self.said(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(words.encode()).hexdigest()[:12]

    def said(self) -> dict[str, Any]:
        """How many seeds, and the sorted values of every word that has others than its default
        alone, as plain JSON.
        """
        start, plain = preset(self.preset, self.fit), Experiment()
        said: dict[str, Any] = {"seeds": self.seeds}
        for name in WORDS:
            values = self.axes.get(name, (_value(start, name),))
            if values != (_value(plain, name),):
                said[name] = sorted(map(_plain, values), key=json.dumps)
        return said

    def cells(self) -> tuple[Experiment, ...]:
        """Every experiment: the last axis changes faster than those before it, and seeds fastest of
        all.
        """
        return tuple(
            experiment.with_words(seed=experiment.seed + place)
            for experiment in self._without_seeds()
            for place in range(self.seeds)
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; a lag alone is a number, and several asked at once are a list of their
        own.
        """
        axes = {name: list(map(_plain, values)) for name, values in self.axes.items()}
        return {"preset": self.preset, "fit": self.fit, "seeds": self.seeds, "axes": axes}

    def _without_seeds(self) -> Iterator[Experiment]:
        start = preset(self.preset, self.fit)
        for values in product(*self.axes.values()):
            words = dict(zip(self.axes, values, strict=True))
            try:
                yield start.change(**words)
            except WordError as error:
                varied = [name for name in words if len(self.axes[name]) > 1]
                cell = ", ".join(f"{name} {one_text(words[name])}" for name in varied)
                raise WordError(
                    f"The cell {cell} cannot be: {error}" if cell else str(error)
                ) from None


@dataclass(frozen=True)
class Plan:
    """What a study will do: its cells, those done, those left, and the groups of what is left, the
    largest first.
    """

    cells: tuple[Experiment, ...]
    done: tuple[Experiment, ...]
    left: tuple[Experiment, ...]
    groups: tuple[tuple[Experiment, ...], ...]


def plan(study: Study, done: Iterable[str] = ()) -> Plan:
    """The plan of a study of which the experiments with the identities `done` are trained already.

    >>> [len(group) for group in plan(Study(seeds=2, axes={"units": "8,16", "lag": "1..4"})).groups]
    [8, 8]

    A group is the cells that one compiled program trains (`Experiment.shape`), in their order. Of
    groups equally large, the one whose first cell comes first is first.
    """
    known, cells = frozenset(done), study.cells()
    left = [place for place, cell in enumerate(cells) if not known or cell.id not in known]
    finished = sorted(set(range(len(cells))) - set(left))
    shared: dict[Experiment, list[int]] = {}
    groups = [
        shared.setdefault(cell.shape, []) for cell in cells[:: study.seeds]
    ]  # seeds never part a group
    for place in left:
        groups[place // study.seeds].append(place)
    largest = sorted(filter(None, shared.values()), key=lambda places: (-len(places), places[0]))
    return Plan(
        cells,
        _at(cells, finished),
        _at(cells, left),
        tuple(_at(cells, places) for places in largest),
    )


def label(study: Study) -> str:
    """What varies in a study, in one short sentence.

    >>> label(Study(axes={"lag": "1..16", "window": 20, "model": "lstm,gru"}))
    'lag 1 to 16, model lstm, gru; 5 seeds: 160 cells'
    """
    varied = [f"{name} {_listed(values)}" for name, values in study.axes.items() if len(values) > 1]
    seeds, cells = (
        f"{n} {noun}{'' if n == 1 else 's'}"
        for n, noun in ((study.seeds, "seed"), (len(study), "cell"))
    )
    return f"{', '.join(varied) or f'preset {study.preset}'}; {seeds}: {cells}"


def _axes(given: object) -> dict[str, tuple[Any, ...]]:
    """Every word's values as its own rule would settle them, so that equal values are found out."""
    said = {} if given == () else given
    if not isinstance(said, Mapping):
        raise WordError(
            f"axes must be words with their values, not {given!r}: write {{'lag': '1..8'}}."
        )
    axes: dict[str, tuple[Any, ...]] = {}
    for name, values in said.items():
        if name in Study.fields():
            raise WordError(
                f"{name} is said once of a whole study: write it beside the words, not among them."
            )
        if name not in WORDS:
            raise WordError(f"A study has no word {name!r}: {named(str(name), WORDS)}")
        axes[name] = tuple(_settled(name, value) for value in values_of(name, values))
        twice = [value for value, times in Counter(axes[name]).items() if times > 1]
        if twice:
            raise WordError(
                f"{name} must have each value once, not {one_text(twice[0])} twice: leave one out."
            )
    if len(axes.get("seed", ())) > 1:
        raise WordError(
            f"seed must be one integer in a study, not {len(axes['seed'])}: say with seeds how many"
            " follow it."
        )
    return axes


def _settled(name: str, value: Any) -> Any:
    """1 is 1.0 where the word is a number with decimals."""
    return as_float(value) if type(value) is int and "float" in str(WORDS[name].type) else value


def _at(cells: tuple[Experiment, ...], places: list[int]) -> tuple[Experiment, ...]:
    return tuple(cells[place] for place in places)


def _value(experiment: Experiment, name: str) -> Any:
    return getattr(
        next(
            part for part in (experiment, experiment.task, experiment.fit) if name in part.fields()
        ),
        name,
    )


def _plain(value: Any) -> Any:
    return list(bare(value)) if isinstance(bare(value), tuple) else bare(value)


def _listed(values: tuple[Any, ...]) -> str:
    step = even_step(values)
    if step:
        return f"{bare(values[0])} to {bare(values[-1])}" + (f" by {step}" if step > 1 else "")
    said = [one_text(value) for value in values]
    return (
        ", ".join(said)
        if len(said) <= MOST_LISTED
        else f"{', '.join(said[:3])} ... {said[-1]} ({len(said)} values)"
    )
