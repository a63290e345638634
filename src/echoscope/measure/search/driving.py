"""Several axes searched at a time by the same workers."""

import time
from collections.abc import Iterator, Sequence

from echoscope.measure.results import Axis
from echoscope.measure.search.span import FEW, Asked, Search
from echoscope.measure.search.trials import Job, Trials


def drive(trials: Trials, searches: Sequence[Search]) -> Iterator[tuple[Search, Axis]]:
    """Search several axes at a time, until all are settled or it is over: the axis anew after every
    training of it. As long as one has few trials, it is the turn of that which has had the fewest
    seconds; then of that whose interval is widest.
    """
    for search in searches:
        search.usual = trials.pace
    while True:
        while trials.free > 0 and not trials.over and (job := _next(trials, searches)):
            trials.submit(job)
        ended = trials.wait()
        if ended is None:
            return
        asked = ended.job.label
        assert isinstance(asked, Asked)
        asked.search.record(ended)
        yield asked.search, asked.search.axis()


def _next(trials: Trials, searches: Sequence[Search]) -> Job | None:
    left = trials.deadline - time.monotonic()
    few = [search for search in searches if len(search.trials) < FEW]
    rest = [search for search in searches if len(search.trials) >= FEW]
    ready = sorted(few, key=lambda search: search.spent)
    ready += sorted(rest, key=lambda search: -search.width)
    return next((job for search in ready if (job := search.next(left))), None)
