"""A cell of Keras: its output is its state, a blend of the last one and what is read."""

import keras
from keras import ops


class Cell(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.keep = self.add_weight(shape=(self.units,), initializer="zeros", name="keep")

    def call(self, inputs, states):
        keep = ops.sigmoid(self.keep + 1.0)
        output = keep * states[0] + (1 - keep) * ops.tanh(inputs @ self.kernel)
        return output, [output]
