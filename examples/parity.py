"""A task from outside: whether an odd number of ones was read, for which one bit is enough.

echoscope run parity --plugin examples/parity.py --bits 6 --model rnn
"""

from dataclasses import dataclass

from echoscope import Held, Task, register_task, setting


@register_task
@dataclass(frozen=True, kw_only=True, repr=False)
class Parity(Task):
    """Random bits, and whether an odd number of them are ones."""

    noun, kind, difficulty, readout, vocab_size = "Parity", "parity", "bits", "last", 2
    bits: int = setting("bits that are read", 6)

    @property
    def time_steps(self):
        return self.bits

    def sample(self, draws, rows):
        bits = draws.integers((rows, self.bits), 0, 2)
        return draws.np.concatenate([bits, bits.sum(axis=1, keepdims=True) % 2], axis=1)

    def held(self):
        return Held(1, 1.0, "whether it is odd so far")

    def oracle(self, inputs):
        return inputs.sum(axis=1, keepdims=True) % 2
