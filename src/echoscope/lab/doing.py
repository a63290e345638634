"""What the page can have done with one experiment: a training, an echo that emerges."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from echoscope.emergence.checks import check, check_film
from echoscope.errors import SettingError, StoreError
from echoscope.experiment.demand import Demand, demand
from echoscope.lab.controls import Asked
from echoscope.lab.work import GRACE, Do, Work
from echoscope.process.leaving import pulled
from echoscope.runs.run import Run
from echoscope.settings import Json
from echoscope.store import Store
from echoscope.store.elsewhere import elsewhere, gone

if TYPE_CHECKING:
    from echoscope.training.results import Point

MOST_FRAMES = 24
FRAME_BYTES = 60_000


def about(asked: Asked) -> Json:
    """What a task asks in numbers. Of a file it is not known how many bits a symbol has."""
    experiment, sent = asked.experiment, asked.sent
    asks = demand(experiment.task, experiment.training)
    return {
        "bits": None if sent else asks.bits,
        "chance": sent.chance(experiment).accuracy.value if sent else asks.chance,
        "ceiling": asks.ceiling,
        "source": sent.source if sent else "",
    }


def training(asked: Asked, store: Store) -> Do:
    """Train every seed, and keep the runs. Raises for what cannot be trained, before it begins."""
    experiments, sent = asked.experiments, asked.sent
    data = sent.data if sent else None
    store.check_writable()
    asks, before = demand(experiments[0].task, experiments[0].training), store.ids()

    def do(work: Work) -> Json:
        from echoscope.training.loop import Training
        from echoscope.training.train import run_of

        # A compiler hears of no stop: it is left to itself, and its program kept for the next.
        compiling = pulled(
            (Training(each, data=data) for each in [experiments]), work.stopping.is_set, GRACE
        )
        group, begun = next(compiling, None), time.perf_counter()
        if group is None or work.stopping.is_set():
            return {"runs": []}
        for progress in group:
            seconds = time.perf_counter() - begun
            losses = [point.loss for point in progress.points]
            work.tell(
                {
                    "points": [_point(point) for point in progress.points],
                    "left": seconds / progress.epoch * (progress.epochs - progress.epoch),
                    "bits": None if sent else told_bits(asks, losses),
                }
            )
            if work.stopping.is_set():
                break
        if not work.items:
            return {"runs": []}
        source = sent.source if sent else ""
        kept = [
            (replace(run_of(outcome), source=source), outcome.weights, data)
            for outcome in group.outcomes()
        ]
        try:
            runs = [summary(store.add(*run)) for run in kept]
        except StoreError as error:
            raise StoreError(f"{error} {elsewhere(store, kept)[2]}") from None
        return {"runs": runs} | gone_note(store, before)

    return do


def _point(point: "Point") -> list[float]:
    """Steps, loss and accuracy on what is not trained on."""
    return [point.step, *(point.held_out or (point.loss, point.accuracy))]


def gone_note(store: Store, before: Sequence[str]) -> Json:
    """What is said of a store that lost runs meanwhile: nothing where it did not."""
    says = gone(store, before)
    return {"note": says} if says else {}


def told_bits(asks: Demand, losses: Sequence[float]) -> float:
    """Bits that must be held for predictions of these losses, in nats a target.

    >>> from echoscope.experiment.presets import preset
    >>> lag = preset("lag")
    >>> asks = demand(lag.task, lag.training)
    >>> round(told_bits(asks, [0.0]), 2), told_bits(asks, [math.log(100)])
    (6.64, 0.0)
    """
    if not losses or not asks.held or not all(map(math.isfinite, losses)):
        return 0.0
    symbol, mean = asks.bits / asks.held, sum(losses) / len(losses)
    return asks.held * max(0.0, symbol - mean / math.log(2))


def summary(run: Run) -> Json:
    """A run in a few numbers, as lists show it."""
    experiment = run.experiment
    return {
        "id": run.id,
        "seed": experiment.seed,
        "task": experiment.task.kind,
        "model": experiment.model,
        "units": experiment.units,
        "outcome": run.outcome,
        "accuracy": run.accuracy,
        "accuracy_low": run.accuracy_low,
        "accuracy_high": run.accuracy_high,
    }


def emergence(asked: Asked) -> Do:
    """Train the first seed, and tell what its state holds on the way. Raises `SettingError` for
    what cannot be watched, and for a file: what it has of each lag is not known.
    """
    if asked.sent:
        raise SettingError(
            "an echo is watched as it emerges from random integers, and these controls have a file:"
            " go back to random integers."
        )
    experiment = asked.experiment
    check(experiment)

    def do(work: Work) -> Json:
        from echoscope.emergence.frames import frames

        over = work.stopping.is_set
        for frame in pulled(frames(experiment, MOST_FRAMES, over), over, GRACE):
            work.kept.append(frame)
            work.tell(frame.to_json(), FRAME_BYTES)
        return {}

    return do


def film(work: Work, ending: str) -> bytes:
    """The frames of an emergence so far, as a film (gif, mp4) or one picture of all (png). Raises
    `SettingError` where there are none, and where what makes the film is not installed.
    """
    from echoscope.emergence.film import gif, mp4, still
    from echoscope.emergence.frames import Frame

    frames = [frame for frame in work.kept if isinstance(frame, Frame)]
    if not frames:
        raise SettingError("there is no frame yet: train and watch first.")
    check_film(f".{ending}")
    return {"gif": gif, "mp4": mp4, "png": still}[ending](frames)
