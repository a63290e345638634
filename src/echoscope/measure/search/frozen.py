"""What is held apart from what is said: a linear probe reads the states of a layer as it is born
and as it is trained.

Three sums over lags tell the story: reachable (the probe, untrained), held (the probe, trained) and
said at once (the ladder). Of a layer that hands its state over the probe reads that state, else the
outputs of the last time step. A probe shows what is there, not what is used: what it reads of
shuffled symbols stands beside it.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from echoscope.measure.layer.base import Layer
from echoscope.measure.results import Bits
from echoscope.measure.search.bits import PILOTS, USUAL, Ladder, over_trainings
from echoscope.measure.search.probe import Probed, probe_bits
from echoscope.measure.search.trials import Trained, Trials
from echoscope.training.results import Outcome

ROWS = 3000  # sequences, of which one state each is read
WIDEST = 1024  # numbers of a state that are read; of more, as many sums of them at random
PROBED = 2  # trainings whose states are read


def frozen(
    trials: Trials,
    bits: Bits,
    settings: Ladder = USUAL,
    trainings: int = PROBED,
) -> Bits:
    """The same bits with those of the probe, over so many trainings of the ladder: those that are
    there already, and more where they are fewer. As they were where there is not one.
    """
    lags, rate = tuple(range(1, settings.lags + 1)), bits.learning_rates[0]
    trained = [ended for ended in trials.scored if is_ladder(ended, settings)][:trainings]
    more = range(len(trained), trainings)
    trained += trials.each([settings.job(lags, rate, PILOTS + 2 + seed) for seed in more])
    born: list[Probed] = []
    held: list[Probed] = []
    for ended in trained:
        if ended.outcome is None or ended.outcome.loss is None or trials.over:
            continue
        experiment = trials.layer.experiment(ended.job.experiment)
        first = trials.layer.trainer([experiment]).outcomes()[0]  # not one update
        seed = ended.job.experiment.seed
        born.append(probed(trials.layer, first, settings, seed))
        held.append(probed(trials.layer, ended.outcome, settings, seed))
    if not held:
        return bits
    return replace(
        bits,
        untrained=over_trainings([part.bits for part in born], settings.ceiling),
        held=over_trainings([part.bits for part in held], settings.ceiling),
        shuffled=over_trainings([part.shuffled for part in held], settings.ceiling),
    )


def is_ladder(ended: Trained, settings: Ladder) -> bool:
    """Whether it is a whole training of this ladder that is measured, and not one that was to
    choose a rate.
    """
    experiment = ended.job.experiment
    lags = tuple(range(1, settings.lags + 1))
    return experiment.echo.lag == lags and experiment.training.epochs == settings.steps


def probed(layer: Layer, outcome: Outcome, settings: Ladder, seed: int) -> Probed:
    """What the probe reads, in the state after the last time step, of the ladder's lags before it:
    lag 0 is the last symbol read, which no one asks for.
    """
    steps = 2 * settings.lags
    symbols = np.random.default_rng([seed, 13]).integers(0, settings.vocab_size, (steps, ROWS))
    states = states_after(layer, outcome, symbols, seed)
    every = np.zeros((steps, *states.shape), np.float32)
    every[-1] = states
    lags = range(1, settings.lags + 1)
    return probe_bits(every, symbols, settings.vocab_size, lags, first=steps - 1, seed=seed)


def states_after(
    layer: Layer, outcome: Outcome, symbols: np.ndarray, seed: int = 0
) -> Float[np.ndarray, "rows width"]:
    """The state after symbols [time, rows] as one row of numbers for each of theirs: what it hands
    over, all its arrays side by side and complex ones as two, and its outputs.
    """
    outputs, _, state = layer.values(outcome, symbols)
    rows = symbols.shape[1]
    leaves = layer.leaves(state) if layer.hands_state else []
    parts = [outputs[-1]]
    for leaf in leaves:
        if rows not in leaf.shape:  # one for all of them, such as a count of steps
            continue
        array = np.moveaxis(leaf, leaf.shape.index(rows), 0).reshape(rows, -1)
        parts += [np.real(array), np.imag(array)] if np.iscomplexobj(array) else [array]
    states = np.concatenate(parts, axis=1).astype(np.float32)
    if states.shape[1] > WIDEST:
        sums = np.random.default_rng([seed, 14]).standard_normal((states.shape[1], WIDEST))
        states = states @ (sums / np.sqrt(WIDEST)).astype(np.float32)
    return states
