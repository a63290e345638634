"""A GRU of Flax NNX that drops a tenth of what it reads while it trains."""

from flax import nnx


class Cell(nnx.GRUCell):
    def __init__(self, in_features, hidden_features, rngs):
        super().__init__(in_features, hidden_features, rngs=rngs)
        self.dropout = nnx.Dropout(0.1, rngs=rngs)

    def __call__(self, carry, inputs):
        return super().__call__(carry, self.dropout(inputs))
