"""The same LSTM and dense layer, with an answer at every step."""

from jaxtyping import Array, Int

from echoscope.models.lstm import hear, init, rest, say
from echoscope.models.model import Heard, Logits, Model, State, Weights


def apply(weights: Weights, state: State, heard: Heard, answers: int = 1) -> tuple[Logits, State]:
    """One answer a step, from the hidden state after that step."""
    hidden, state = hear(weights, state, heard)
    return say(weights, hidden), state


def step(weights: Weights, state: State, symbol: Int[Array, " batch"], answers: int = 1) -> tuple[Logits, State]:
    """The same on one symbol."""
    return apply(weights, state, symbol[:, None])


MODEL = Model(init, apply, rest, step)
