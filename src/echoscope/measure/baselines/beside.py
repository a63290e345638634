"""The two closest baselines, trained as a layer was, side by side."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from queue import SimpleQueue

from echoscope.measure.baselines.matched import Matched, closest
from echoscope.measure.baselines.opened import opened
from echoscope.measure.budget import Budget
from echoscope.measure.results import BaselineRow, MemoryReport
from echoscope.measure.search.axes import all_three
from echoscope.measure.search.bits import RATES, Ladder, ladder
from echoscope.measure.search.driving import drive
from echoscope.measure.search.span import Search
from echoscope.measure.search.trials import Trials

Rows = tuple[BaselineRow, ...]


def beside(
    report: MemoryReport,
    settings: Ladder,
    budget: Budget,
    deadline: float,
    under_way: list[Trials],
) -> Iterator[Rows]:
    """The rows of the two closest baselines, anew whenever one has grown: bits, and in a long
    budget the axes too. What trains is put into `under_way`, so that it can be stopped.
    """
    xray = report.xray
    sizes = (xray.parameters, xray.state_size, settings.vocab_size, 2 * settings.lags)
    found = closest(*sizes, without=xray.identity.kind)
    rows = [_row(matched) for matched in found]
    grown: SimpleQueue[tuple[int, BaselineRow] | None] = SimpleQueue()
    with ExitStack() as stack:
        several = [stack.enter_context(_trials(matched, deadline, settings)) for matched in found]
        under_way += several
        pool = stack.enter_context(ThreadPoolExecutor(len(found)))

        def grow(place: int) -> None:
            try:
                for row in _grown(several[place], rows[place], settings, budget):
                    grown.put((place, row))
            finally:
                grown.put(None)

        futures = [pool.submit(grow, place) for place in range(len(found))]
        ended = 0
        while ended < len(found):
            got = grown.get()
            if got is None:
                ended += 1
                continue
            rows[got[0]] = got[1]
            yield tuple(rows)
        for future in futures:
            future.result()
    yield tuple(rows)


def _row(matched: Matched) -> BaselineRow:
    """What is known before it is trained: its size."""
    sizes = (matched.units, matched.parameters, matched.state_size)
    return BaselineRow(matched.model, matched.matched, *sizes, None, None, None, None)


def _trials(matched: Matched, deadline: float, settings: Ladder) -> Trials:
    layer = opened(matched.model, matched.units, settings.vocab_size)
    return Trials(layer, workers=1, deadline=deadline)


def _grown(
    trials: Trials, row: BaselineRow, settings: Ladder, budget: Budget
) -> Iterator[BaselineRow]:
    """One baseline's row, after every training."""
    rates = RATES if budget.long else RATES[:1]
    bits = None
    for bits in ladder(trials, settings, rates=rates, trainings=budget.probed + 1):
        row = replace(row, bits=bits.ladder)
        yield row
    if bits is None or not budget.long:
        return
    kinds = all_three(settings.vocab_size, bits)
    searches = [Search(kind, most=budget.searched // 2, seed=settings.seed) for kind in kinds]
    for search, axis in drive(trials, searches):
        if axis.trials:
            row = replace(row, **{search.kind.name: axis.span})
            yield row
