"""What a notebook shows of networks at work: how they last, what they confuse, what becomes of
their echoes, and an echo that emerges.
"""

from collections.abc import Iterator

from echoscope.analysis.table import Table, count, percent, share, three_digits
from echoscope.emergence.frames import Frame
from echoscope.emergence.pictures import emergence, headline, picture
from echoscope.emergence.watch import Film
from echoscope.evaluation.confusion import Confusion
from echoscope.evaluation.generate import Generated
from echoscope.evaluation.long_stream import Evaluation
from echoscope.notebook.page import blocks_of, page_of
from echoscope.report.document import Block, Heading, Picture
from echoscope.stats.intervals import Accuracy

__all__ = ["page_of"]


@blocks_of.register
def _(thing: Frame) -> Iterator[Block]:
    yield Picture("frame", headline(thing), picture(thing))


@blocks_of.register
def _(thing: Film) -> Iterator[Block]:
    yield Picture("film", "An echo as it emerges", emergence(thing.frames, thing.name))


@blocks_of.register
def _(thing: Evaluation) -> Iterator[Block]:
    yield Heading(f"A stream of {thing.integers:,} integers")
    tenths = [(f"tenth {place}", part) for place, part in enumerate(thing.parts, 1)]
    rows = tuple(_scored(*row) for row in (*tenths, ("whole", thing.accuracy)))
    yield Table("Evaluation", ("part", "accuracy (95 %)", "targets"), rows, (f"{thing.use}",))


@blocks_of.register
def _(thing: Confusion) -> Iterator[Block]:
    of = f"{thing.wrong:,} of {thing.target_count:,} targets are wrong"
    yield Heading(f"{of} ({percent(thing.wrong / thing.target_count)})")
    if thing.mean_error_distance is None or thing.near is None:
        return
    note = (
        f"An error is off by {three_digits(thing.mean_error_distance)} symbols on average;"
        f" {percent(thing.near)} of the errors predict a neighbour of the right symbol, where"
        f" random errors would {percent(thing.near_chance)} of the time."
    )
    rows = tuple(tuple(map(count, pair)) for pair in thing.pairs)
    yield Table("Confusion", ("right", "predicted", "times"), rows, (note,))


@blocks_of.register
def _(thing: Generated) -> Iterator[Block]:
    rows = tuple((str(place), _listed(part)) for place, part in enumerate(thing.replaced))
    note = "Each time all echoes are read in place of what was read."
    yield Table("Replaced", ("time", "echoes in place of what was read"), rows, (note,))
    again = "never" if thing.period is None else count(thing.period)
    heads = ("echoes appended to what was read", "repeat after")
    yield Table("Appended", heads, ((_listed(thing.appended), again),))


def _scored(name: str, accuracy: Accuracy) -> tuple[str, ...]:
    scored = share(accuracy.value, accuracy.low, accuracy.high)
    return name, scored, count(accuracy.target_count)


def _listed(symbols: tuple[int, ...]) -> str:
    return " ".join("-" if symbol < 0 else str(symbol) for symbol in symbols)
