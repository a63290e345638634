"""What other packages call their tasks, in our terms: each a function of the peer's own setting,
held to what that version of the package was seen to do.
"""

from collections.abc import Callable
from dataclasses import dataclass

from echoscope.settings import share, whole
from echoscope.tasks.base import MOST_STEPS, Task
from echoscope.tasks.echo import Echo
from echoscope.tasks.hold import Hold

SUITS, CARDS = 4, 52  # of a deck
MOST_UNITS = 1_000_000


@dataclass(frozen=True)
class Peer:
    """A task or a measure of another package: `setting` is what it calls how hard that is, `says`
    what it comes to here, `source` the file that does it. `ours` translates a value of the setting.
    """

    package: str
    version: str
    name: str
    setting: str
    says: str
    source: str
    ours: Callable[[int], Task | int]


def repeat_previous(k: int) -> Echo:
    """POPGym's RepeatPrevious of one deck: lag k - 1, asked of a whole episode.

    >>> repeat_previous(4).lag
    (3,)

    Cards are dealt without replacement there, so that the last ones can be guessed from those that
    are gone; symbols here are independent.
    """
    k = whole("k", k, 1, CARDS - 1)
    steps = CARDS - 1
    return Echo(vocab_size=SUITS, window=steps, length=steps, lag=(k - 1,), readout="all")


def memory_len(memory_length: int) -> Hold:
    """The memory_len of bsuite: one bit, held over one step less than it says, as the context is
    shown twice.

    >>> memory_len(20).delay
    19

    Its steps in between are empty, those of a hold random symbols.
    """
    length = whole("memory_length", memory_length, 1, MOST_STEPS)
    return Hold(vocab_size=2, delay=length - 1)


def most_capacity(units: int, num_features: int = 10) -> int:
    """The most that rcbench's memory capacity can come to: it reads principal components of the
    units, 10 unless it is told otherwise.

    >>> most_capacity(30)
    10
    """
    return min(
        whole("units", units, 1, MOST_UNITS), whole("num_features", num_features, 1, MOST_UNITS)
    )


def reached_units(units: int, input_connectivity: float = 0.1) -> int:
    """How many units of a ReservoirPy Reservoir one scalar input reaches.

    >>> reached_units(500)
    50
    """
    return round(whole("units", units, 1, MOST_UNITS) * share("connectivity", input_connectivity))


PEERS = (
    Peer(
        "popgym",
        "1.0.7",
        "RepeatPrevious",
        "k",
        "k asks for lag k - 1: k=4, the default, is lag 3, and k=1 the card just seen",
        "popgym/envs/repeat_previous.py",
        repeat_previous,
    ),
    Peer(
        "bsuite",
        "0.3.6",
        "memory_len",
        "memory_length",
        "the context is shown twice, so that length n is held over n - 1 steps: 20 is a hold with a"
        " delay of 19",
        "bsuite/environments/memory_chain.py",
        memory_len,
    ),
    Peer(
        "rcbench",
        "1.0.10",
        "MemoryCapacityEvaluator",
        "nodes",
        "10 principal components are read unless num_features says otherwise, so that a perfect"
        " delay line of 30 comes to 10",
        "rcbench/tasks/memorycapacity.py",
        most_capacity,
    ),
    Peer(
        "reservoirpy",
        "0.4.2",
        "Reservoir",
        "units",
        "input_connectivity is 0.1 unless it is said, so that a scalar input reaches a tenth of the"
        " units, and the others hear of it a step later",
        "reservoirpy/nodes/reservoir.py",
        reached_units,
    ),
)
