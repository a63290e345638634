"""The tables of a memory report, built once for terminal, Markdown and HTML."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from echoscope.analysis.table import Table, percent, three_digits
from echoscope.errors import many
from echoscope.measure.baselines.measured import Measured
from echoscope.measure.report.words import AXES, UNITS, interval
from echoscope.measure.results import (
    Axis,
    BaselineRow,
    Bits,
    Extrapolation,
    MeasuredValue,
    MemoryReport,
    Precision,
)

SAYS = {
    "shift": "say the symbol of k steps ago, at every step",
    "hold": "say the first symbol after k random ones",
    "recall": "say the values of k keys, asked in any order",
}


def axes_table(report: MemoryReport) -> Table:
    """Shift, hold and recall side by side."""
    axes = [axis for name in AXES if (axis := getattr(report, name))]
    rows = tuple(
        (
            axis.name,
            SAYS[axis.name],
            f"{interval(axis.span)} {UNITS[axis.name]}",
            f"{axis.spread[0]:g} to {axis.spread[1]:g}",
            percent(axis.chance),
            str(axis.longest),
            f"{sum(trial.solved for trial in axis.trials)}/{len(axis.trials)}",
        )
        for axis in axes
    )
    note = (
        "span: what half of all trainings solve"
        + (f" at {percent(axes[0].target_accuracy)}" if axes else "")
        + ", with the 95 % interval of that median; over seeds: the 10 to 90 % range of single"
        " trainings; longest: the hardest that was tried, beyond which nothing is known."
    )
    heads = ("axis", "asked", "span", "over seeds", "chance", "longest", "solved")
    return Table("Three axes", heads, rows, (note,), named=1)


def bits_table(bits: Bits) -> Table:
    """What is said at once, at one lag, and what a probe finds in the state."""

    def parts() -> Iterator[tuple[str, str, str]]:
        what = f"all of lags {bits.lags[0].lag} to {bits.lags[-1].lag} at once" if bits.lags else ""
        yield "said at once", interval(bits.ladder), what
        yield "one lag", interval(bits.certified), f"{bits.certified_lag} x bits at that lag"
        probes = (
            ("held, trained", bits.held, "a linear probe of the trained state"),
            ("held, untrained", bits.untrained, "the same of the layer as it is born"),
            ("shuffled", bits.shuffled, "the same with shuffled labels: what chance gives"),
        )
        for name, estimate, says in probes:
            if estimate:
                yield name, interval(estimate), says

    note = (
        f"each a lower bound of what the state holds, from {many(bits.trainings, 'training')} with"
        f" a 95 % interval; the ceiling of these lags is {three_digits(bits.ceiling)} bits. Bits of"
        " networks that were trained apart are never added."
    )
    return Table("Bits", ("bits", "value", "what"), tuple(parts()), (note,), named=1)


def lags_table(bits: Bits) -> Table:
    """Bits and accuracy of every lag that was asked at once."""
    rows = tuple((str(row.lag), interval(row.bits), percent(row.accuracy)) for row in bits.lags)
    return Table("Bits by lag", ("lag", "bits", "accuracy"), rows, named=1)


def trials_table(axis: Axis) -> Table:
    """Every training of a search."""
    rows = tuple(
        (
            str(trial.difficulty),
            "yes" if trial.solved else "no",
            percent(trial.accuracy),
            f"{trial.learning_rate:g}",
            f"{trial.steps:,}",
            str(trial.seed),
        )
        for trial in sorted(axis.trials, key=lambda trial: (trial.difficulty, trial.seed))
    )
    heads = (UNITS[axis.name], "solved", "accuracy", "learning rate", "steps", "seed")
    return Table(f"Trainings of {axis.name}", heads, rows, named=1)


def precision_table(precision: Precision) -> Table:
    """Accuracy with a state of few bits, and with noise."""
    rows = [("as trained", percent(precision.full))]
    rows += [(f"{bits} bits a number", percent(share)) for bits, share in precision.quantised]
    rows += [(f"noise of {noise:g} deviations", percent(share)) for noise, share in precision.noisy]
    rows += [(f"after {steps:,} steps", percent(share)) for steps, share in precision.drift]
    halves = (
        "the span does not halve at 1 bit."
        if precision.halves_at is None
        else f"the span halves at {precision.halves_at} bits a number."
    )
    note = f"accuracy; chance {percent(precision.chance)}; {halves}"
    return Table("Precision of the state", ("state", "accuracy"), tuple(rows), (note,), named=1)


def extrapolation_table(extrapolation: Extrapolation) -> Table:
    """Accuracy by position, to eight times the training length."""
    rows = tuple(
        (f"{position:,}", percent(initial), percent(carried))
        for position, initial, carried in extrapolation.rows
    )
    note = (
        f"trained on {extrapolation.trained_steps} time steps, lag {extrapolation.lag}; chance"
        f" {percent(extrapolation.chance)}."
    )
    heads = ("time steps up to", "from the initial state", "from a carried state")
    return Table("Beyond the training length", heads, rows, (note,), named=1)


def baselines_table(rows: tuple[BaselineRow, ...]) -> Table:
    """Baselines of as many parameters, and of as large a state."""
    cells = tuple(
        (
            row.model,
            row.matched,
            str(row.units),
            f"{row.parameters:,}",
            f"{row.state_size:,}",
            *(_or_none(getattr(row, name)) for name in ("bits", *AXES)),
        )
        for row in rows
    )
    heads = ("baseline", "as many", "units", "parameters", "state", "bits", *AXES)
    return Table("Baselines", heads, cells, named=1)


def known_table(rows: Sequence[Measured], settings: Mapping[str, Any]) -> Table:
    """All baselines as they were measured once, which came with the package."""
    axes = [name for name in AXES if any(getattr(row, name) for row in rows)]
    cells = tuple(
        (
            row.model,
            f"{row.parameters:,}",
            f"{row.state_size:,}",
            *(_or_none(getattr(row, name)) for name in ("bits", *axes)),
        )
        for row in rows
    )
    spans = ", and what half of all trainings solve" if axes else ""
    trainings = [part["trainings"] for row in rows for part in row.details.values()]
    note = (
        f"measured once, of {settings['units']} units each, {settings['vocab_size']} symbols and"
        f" {min(trainings)} trainings or more: bits of lags 1 to {settings['lags']} asked at"
        f" once{spans}; not matched to this layer."
    )
    heads = ("baseline", "parameters", "state", "bits", *axes)
    return Table("Baselines as measured once", heads, cells, (note,), named=1)


def _or_none(value: MeasuredValue | None) -> str:
    return "-" if value is None else interval(value)
