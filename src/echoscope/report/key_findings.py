"""The main findings of a study in sentences, all of them computed from its runs."""

from collections.abc import Iterator

from echoscope.analysis.findings import Findings, GridFinding, Group
from echoscope.analysis.table import accuracy, amount, percent, three_digits
from echoscope.analysis.windows import sentences
from echoscope.errors import listed, many
from echoscope.experiment.fields import plural
from echoscope.report.formats import difference, few, labelled
from echoscope.studies.axis import bare, even_step, one_text

MOST = 6  # sentences of one kind
MOST_SPANS = 3


def verdicts(findings: Findings) -> tuple[str, ...]:
    """What was found, the most general first: what solves it, best and worst, spans, units, steps,
    comparisons.
    """
    return tuple(
        sentence
        for part in (
            _solved,
            _extremes,
            _guesses,
            _windows,
            _spans,
            _units,
            _quickest,
            _compared,
            _lost,
        )
        for sentence in part(findings)
    )


def _solved(findings: Findings) -> Iterator[str]:
    shares = [group.aggregate.solved.value or 0.0 for group in findings.groups]
    every, none = sum(share == 1 for share in shares), sum(share == 0 for share in shares)
    runs = sum(group.aggregate.runs.number for group in findings.groups)
    yield (
        f"{many(runs, 'run')} in {many(len(shares), 'group')}, each of equal settings but the seed,"
        f" evaluated against a target accuracy of {findings.target_accuracy:.4g}: {every:,} reach"
        f" it in every run, {len(shares) - every - none:,} in some, {none:,} in none."
    )


def _extremes(findings: Findings) -> Iterator[str]:
    measured = [group for group in findings.groups if group.aggregate.accuracy]
    if not measured:
        yield "No group was measured: every run diverged."
        return
    best, worst = (choose(measured, key=_value) for choose in (max, min))
    yield f"The highest mean accuracy is {accuracy(best.aggregate.accuracy)}, of {_group(best)}."
    if _value(worst) < _value(best):
        yield f"The lowest is {accuracy(worst.aggregate.accuracy)}, of {_group(worst)}."
    equal = sum(_value(group) == _value(best) for group in measured)
    if equal > 1:
        yield f"{equal:,} groups share the highest one."


def _guesses(findings: Findings) -> Iterator[str]:
    near = [
        group
        for group in findings.groups
        if group.aggregate.accuracy
        and group.aggregate.accuracy.low is not None
        and group.aggregate.accuracy.low <= group.aggregate.runs.chance
    ]
    if near:
        verb = "is" if len(near) == 1 else "are"
        names = few(labelled(group.settings) for group in near)
        yield (
            f"{many(len(near), 'group')} {verb} not told from chance, which lies in or above the"
            f" interval: {names}."
        )


def _windows(findings: Findings) -> Iterator[str]:
    for span in findings.windows[:MOST_SPANS]:
        yield from sentences(span)


def _spans(findings: Findings) -> Iterator[str]:
    over = sorted((item for item in findings.over if item.span), key=_length, reverse=True)
    several = len(over) > 1
    for place, item in enumerate(over[:MOST_SPANS]):
        span = item.span
        if span is None or (place and not span.span.value):
            continue
        high = "?" if span.span.high is None else three_digits(span.span.high)
        ended = (
            f"; {span.censored} of {len(span.seeds)} seeds reach the largest {span.difficulty}"
            " tried"
            if span.censored
            else ""
        )
        value, low = (three_digits(end or 0.0) for end in (span.span.value, span.span.low))
        start = (
            "The span is"
            if not several
            else "The longest span is"
            if place == 0
            else "Another span is"
        )
        yield (
            f"{start} {value} (95 % interval {low} to {high}), with "
            f"{labelled(item.settings) if item.settings else 'all else equal'}{ended}."
        )
    if len(over) > MOST_SPANS:
        yield f"No other span is longer; all {len(over):,} are in their table."


def _length(item: GridFinding) -> tuple[float, float]:
    span = item.span
    return (0.0, 0.0) if span is None else (span.span.value or 0.0, span.censored)


def _units(findings: Findings) -> Iterator[str]:
    over = [item for item in findings.over if item.fewest]
    for item in over[:MOST]:
        by_units: dict[int, list[str]] = {}
        name = item.fewest[0].difficulty
        for each in item.fewest:
            if each.units is not None:
                by_units.setdefault(each.units, []).append(one_text(bare(each.value)))
        parts = [f"{_take(name, values)} {units} units" for units, values in by_units.items()]
        never = [each for each in item.fewest if each.units is None]
        if never:
            most = max(each.below or 0 for each in never)
            values = [one_text(bare(each.value)) for each in never]
            parts.append(f"{_take(name, values)} more than the {most} that were tried")
        yield (
            f"Fewest units, with {labelled(item.settings) if item.settings else 'all else equal'}:"
            f" {few(parts, MOST)}."
        )
    if len(over) > MOST:
        yield f"Fewest units of {len(over) - MOST:,} more groups are in their table."


def _take(name: str, values: list[str]) -> str:
    """Which values of a difficulty take so many units: of lags, "lags 1 to 4 take"."""
    if len(values) == 1:
        return f"{name} {values[0]} takes"
    numbers = tuple(int(value) if value.lstrip("-").isdecimal() else value for value in values)
    names = plural(name)
    if even_step(numbers) == 1:
        return f"{names} {values[0]} to {values[-1]} take"
    return f"{names} {listed(values)} take"


def _quickest(findings: Findings) -> Iterator[str]:
    solving = [group for group in findings.groups if group.steps.median.value is not None]
    if solving:
        first = min(solving, key=lambda group: group.steps.median.value or 0.0)
        yield (
            f"The quickest to solve is {_group(first)}: in {amount(first.steps.median)} steps, the"
            f" median of its runs (of {first.steps.runs.number}, {first.steps.solved} solve)."
        )
    else:
        yield "In no group do half of the runs get to the target accuracy while they train."


def _compared(findings: Findings) -> Iterator[str]:
    every = [item.comparison for item in findings.comparisons]
    for item in every[:MOST]:
        names = [f"{item.setting} {one_text(bare(value))}" for value in (item.first, item.second)]
        yield (
            f"{names[0]} minus {names[1]}: {difference(item.difference)}, over"
            f" {many(item.pairs, 'pair')} of {many(item.seeds, 'seed')} (sign test: p"
            f" {item.p:.3g})."
        )
    if len(every) > MOST:
        yield f"{len(every) - MOST:,} more comparisons are in their table."


def _lost(findings: Findings) -> Iterator[str]:
    diverged = sum(group.aggregate.runs.diverged for group in findings.groups)
    interrupted = sum(group.aggregate.runs.interrupted for group in findings.groups)
    parts = [
        f"{number:,} {what}"
        for number, what in (
            (diverged, "diverged"),
            (len(findings.failed), "failed"),
            (interrupted, "were interrupted"),
        )
        if number
    ]
    if parts:
        yield f"Of all runs {listed(parts)}: see Failures."


def _group(group: Group) -> str:
    guides = f"chance is {percent(group.aggregate.runs.chance)}"
    return f"{labelled(group.settings)} ({many(group.aggregate.runs.number, 'run')}; {guides})"


def _value(group: Group) -> float:
    accuracy = group.aggregate.accuracy
    return accuracy.value or 0.0 if accuracy else 0.0
