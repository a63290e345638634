"""What can be said of user data without a memory: the best of four rules, on the targets that an
accuracy is of.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from echoscope.errors import IntegerError
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.held_out import HeldOut, held_out
from echoscope.experiment.user_data import UserData, learned
from echoscope.integers import GAP, Integers
from echoscope.stats.intervals import Accuracy
from echoscope.tasks.base import Task
from echoscope.tasks.draws import NumpyDraws
from echoscope.tasks.echo import Echo

UNIFORM, MEMORYLESS, COPY_LAST, MAP_LAST = "uniform", "memoryless", "copy-last", "map-last"
MEASURED = 10_000  # targets behind what the rules of a task score
MOST_DRAWN = 1_000_000  # integers drawn for it, at most
RULES = {
    MEMORYLESS: "always saying the commonest symbol",
    COPY_LAST: "repeating the symbol just read",
    MAP_LAST: "saying what most often goes with the symbol just read",
}


@dataclass(frozen=True)
class Chance:
    """What can be said without a memory: the best rule, its accuracy with a 95 % interval, and the
    accuracies of all rules.

    `rules` are uniform (1/vocab_size, exactly), memoryless (always the commonest symbol), copy-last
    (the symbol just read) and map-last (for each symbol just read the target that most often went
    with it). What a rule needs to know it knows from the learned part, and it is scored on the very
    targets of the held-out part that a network is. Lag 0 asks for the symbol just read: there, to
    copy or to map it is the task itself and no rule, and the last two say the commonest symbol;
    where only lag 0 is asked they are left out.
    """

    rule: str
    rules: dict[str, Accuracy]

    @property
    def accuracy(self) -> Accuracy:
        """The accuracy of the best rule."""
        return self.rules[self.rule]

    @property
    def sentence(self) -> str:
        """What that means for an accuracy."""
        best, guess = self.accuracy, self.rules[UNIFORM].value
        if best.value == 1:
            return (
                f"No memory is needed: {RULES[self.rule]} is right every time, so that is chance"
                " here, and no accuracy shows that anything is remembered."
            )
        if best.low <= guess:
            return (
                f"On these {best.target_count:,} targets no rule without a memory is measurably"
                f" better than a guess ({guess:.2%})."
            )
        return (
            f"These integers are not random: {RULES[self.rule]} is right {best.value:.2%} of the"
            f" time (95 % interval {best.low:.2%} to {best.high:.2%}), so that is chance here, not"
            " 1/vocab_size."
        )


class Measured(NamedTuple):
    """How often two rules are right on fresh samples: one without a memory, and one with a perfect
    memory of the window.
    """

    target_count: int
    memoryless: float
    oracle: float


def measured(task: Task, seed: int = 0) -> Measured:
    """The accuracies of a task's two rules.

    >>> measured(Hold(vocab_size=4)).oracle
    1.0
    """
    mask = task.mask()
    rows = -(-MEASURED // int(mask.sum()))
    drawn = task.sample(NumpyDraws(seed), min(rows, max(1, MOST_DRAWN // task.reach)))
    frame = task.frame()
    inputs = drawn[:, frame.inputs[0]]
    target = task.pick_each(drawn, frame.target[0])
    asked = mask & (target >= 0)
    rules = (task.memoryless(inputs), task.oracle(inputs))
    return Measured(int(asked.sum()), *(float((says == target)[asked].mean()) for says in rules))


@lru_cache(maxsize=32)
def chance(experiment: Experiment, data: UserData) -> Chance:
    """The best rule without a memory of user data.

    >>> experiment = preset("lag", fit="quick", vocab_size=2)
    >>> chance(experiment, UserData.of(experiment, np.arange(100) % 2)).rule
    'map-last'

    Raises `IntegerError` where nothing can be asked of the held-out part, for it is all gaps.
    """
    task, sequence = experiment.echo, data.integers
    held, begin = held_out(experiment, data), learned(experiment, data)
    known, groups = sequence[:begin], data.groups[:begin]
    just, target, mask = _asked(task, held, sequence)
    if not mask.any():
        raise IntegerError(
            "The held-out end of these integers has nothing to ask, for gaps are in all its"
            " windows: give more integers."
        )
    heads = list(zip(task.which[: task.heads].tolist(), task.which_column - 1, strict=True))
    always, mapped = np.empty_like(target), np.empty_like(target)
    for place, (lag, column) in enumerate(heads):
        which, part = slice(place, None, task.heads), _column(known, column)
        commonest = _commonest(part)
        always[..., which] = commonest
        mapped[..., which] = (
            _mapped(part, groups, lag, just[..., which], commonest) if lag else commonest
        )
    predicted = {MEMORYLESS: always}
    if any(task.lag):
        copied = np.where(task.which == 0, always, just) if 0 in task.lag else just
        predicted |= {COPY_LAST: copied, MAP_LAST: mapped}
    rules = {UNIFORM: Accuracy(task.chance, task.chance, task.chance, int(mask.sum()))}
    for rule, says in predicted.items():
        counts = (
            part.reshape(len(part), -1).sum(axis=1) for part in ((says == target) & mask, mask)
        )
        rules[rule] = Accuracy.of_parts(
            *(np.add.reduceat(part, np.arange(0, len(part), held.rows)) for part in counts)
        )
    return Chance(max(rules, key=lambda rule: rules[rule].value), rules)


def _asked(task: Echo, held: HeldOut, sequence: Integers) -> tuple[Integers, Integers, np.ndarray]:
    """The symbol just read, the target, and whether it is asked. Shapes: (draws, windows,
    targets) each.
    """
    inputs, begun = held.framed.inputs, held.starts[:, None, None]
    last = inputs[:, task.target_steps()]
    just = np.where(last < 0, GAP, task.pick(sequence, begun + last))
    target = task.pick(sequence, begun + np.maximum(held.framed.target, 0))
    mask = held.framed.mask & (target >= 0)
    if task.gaps == "dropped":
        lost = sequence < 0
        gaps = np.append(0, np.cumsum(lost.any(axis=1) if task.columns else lost))
        whole = gaps[begun + inputs[:, -1:] + 1] == gaps[begun + inputs[:, :1]]
        mask &= whole & (mask == held.framed.mask).all(axis=-1, keepdims=True)
    return just, target, mask


def _column(known: Integers, place: int) -> Integers:
    """One column of several; of one, itself."""
    return known[:, place] if known.ndim > 1 else known


def _commonest(known: Integers) -> int:
    """The symbol that stands there most often, of equals the lowest."""
    return int(np.argmax(np.bincount(known[known >= 0], minlength=1)))


def _mapped(
    known: Integers, groups: Integers, lag: int, just: Integers, otherwise: int
) -> Integers:
    """For each symbol just read what most often stood `lag` before it in `known`, in the same of
    the sequences that `groups` number; `otherwise` where it never was.
    """
    near = slice(abs(lag), None), slice(None, -abs(lag))
    after, before = near if lag > 0 else near[::-1]
    now, then = known[after], known[before]
    there = (now >= 0) & (then >= 0) & (groups[after] == groups[before])
    if not there.any():
        return np.full_like(just, otherwise)
    size = int(known.max()) + 1
    pairs, counts = np.unique(now[there] * size + then[there], return_counts=True)
    order = np.lexsort((-counts, pairs // size))
    symbols, first = np.unique(pairs[order] // size, return_index=True)
    best = pairs[order][first] % size
    place = np.minimum(np.searchsorted(symbols, just), len(symbols) - 1)
    return np.where(symbols[place] == just, best[place], otherwise)
