"""What can be said of own integers without a memory: the best of four rules, on the answers that a
score is of.
"""

from dataclasses import dataclass

import numpy as np

from echoscope.errors import IntegerError
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import HeldOut, held_out, learned
from echoscope.integers import GAP, Integers
from echoscope.stats.intervals import Score
from echoscope.tasks.echo import Task

UNIFORM, MEMORYLESS, COPY_LAST, MAP_LAST = "uniform", "memoryless", "copy-last", "map-last"
SAYING = {
    MEMORYLESS: "always saying the commonest symbol",
    COPY_LAST: "repeating the symbol just heard",
    MAP_LAST: "saying what most often goes with the symbol just heard",
}


@dataclass(frozen=True)
class Chance:
    """What can be said without a memory: the best rule, its score with a 95 % interval, and the
    scores of all rules.

    `rules` are uniform (1/symbols, exactly), memoryless (always the commonest symbol), copy-last
    (the symbol just heard) and map-last (for each symbol just heard the answer that most often went
    with it). What a rule needs to know it knows from the learned part, and it is scored on the very
    answers of the held-out part that a network is. Lag 0 asks for the symbol just heard: there, to
    copy or to map it is the task itself and no rule, and the last two say the commonest symbol;
    where only lag 0 is asked they are left out.
    """

    rule: str
    rules: dict[str, Score]

    @property
    def score(self) -> Score:
        """The score of the best rule."""
        return self.rules[self.rule]

    @property
    def sentence(self) -> str:
        """What that means for a score."""
        best, guess = self.score, self.rules[UNIFORM].value
        if best.value == 1:
            return (
                f"No memory is needed: {SAYING[self.rule]} is right every time, so that is chance"
                " here, and no score shows that anything is remembered."
            )
        if best.low <= guess:
            return (
                f"On these {best.answers:,} answers no rule without a memory is measurably better"
                f" than a guess ({guess:.2%})."
            )
        return (
            f"These integers are not random: {SAYING[self.rule]} is right {best.value:.2%} of the"
            f" time (95 % interval {best.low:.2%} to {best.high:.2%}), so that is chance here, not"
            " 1/symbols."
        )


def chance(experiment: Experiment, sequence: Integers) -> Chance:
    """The best rule without a memory of own integers [time].

    >>> chance(preset("lag", fit="quick", symbols=2), np.arange(100) % 2).rule
    'map-last'

    Raises `IntegerError` where nothing can be asked of the held-out part, for it is all gaps.
    """
    task = experiment.task
    held, begin = held_out(experiment, len(sequence)), learned(experiment, len(sequence))
    known = sequence[:begin]
    just, answer, asked = _asked(task, held, sequence)
    if not asked.any():
        raise IntegerError(
            "The held-out end of these integers has nothing to ask, for gaps are in all its"
            " windows: give more integers."
        )
    commonest = int(np.argmax(np.bincount(known[known >= 0], minlength=task.symbols)))
    said = {MEMORYLESS: np.full_like(answer, commonest)}
    if any(task.lag):
        copied, mapped = just, np.empty_like(answer)
        for place, lag in enumerate(task.lag):
            which = slice(None) if task.when == "each" else slice(place, place + 1)
            mapped[..., which] = (
                _mapped(known, lag, just[..., which], commonest) if lag else commonest
            )
        if 0 in task.lag and task.when == "after":
            copied = np.where(np.array(task.lag) == 0, commonest, just)
        said |= {COPY_LAST: copied, MAP_LAST: mapped}
    rules = {UNIFORM: Score(task.chance, task.chance, task.chance, int(asked.sum()))}
    for rule, says in said.items():
        counts = (
            part.reshape(len(part), -1).sum(axis=1) for part in ((says == answer) & asked, asked)
        )
        rules[rule] = Score.of_parts(
            *(np.add.reduceat(part, np.arange(0, len(part), held.rows)) for part in counts)
        )
    return Chance(max(rules, key=lambda rule: rules[rule].value), rules)


def _asked(task: Task, held: HeldOut, sequence: Integers) -> tuple[Integers, Integers, np.ndarray]:
    """The symbol just heard, the right answer, and whether it is asked. Shapes: (draws, windows,
    answers) each.
    """
    heard, begun = held.framed.heard, held.starts[:, None, None]
    last = (
        heard if task.when == "each" else np.broadcast_to(heard[:, -1:], held.framed.answer.shape)
    )
    just = np.where(last < 0, GAP, sequence[begun + last])
    answer = sequence[begun + np.maximum(held.framed.answer, 0)]
    asked = held.framed.asked & (answer >= 0)
    if task.gaps == "dropped":
        gaps = np.append(0, np.cumsum(sequence < 0))
        whole = gaps[begun + heard[:, -1:] + 1] == gaps[begun + heard[:, :1]]
        asked &= whole & (asked == held.framed.asked).all(axis=-1, keepdims=True)
    return just, answer, asked


def _mapped(known: Integers, lag: int, just: Integers, otherwise: int) -> Integers:
    """For each symbol just heard what most often stood `lag` before it in `known`; `otherwise`
    where it never was.
    """
    now, then = (known[lag:], known[:-lag]) if lag > 0 else (known[:lag], known[-lag:])
    there = (now >= 0) & (then >= 0)
    if not there.any():
        return np.full_like(just, otherwise)
    size = int(known.max()) + 1
    pairs, counts = np.unique(now[there] * size + then[there], return_counts=True)
    order = np.lexsort((-counts, pairs // size))
    symbols, first = np.unique(pairs[order] // size, return_index=True)
    best = pairs[order][first] % size
    place = np.minimum(np.searchsorted(symbols, just), len(symbols) - 1)
    return np.where(symbols[place] == just, best[place], otherwise)
