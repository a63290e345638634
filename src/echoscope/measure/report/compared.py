"""A comparison of two layers in a sentence, as a table and as JSON."""

from dataclasses import asdict

from echoscope.analysis.table import Table
from echoscope.errors import listed, many
from echoscope.measure.comparison.difference import (
    BETTER,
    LOOKS,
    NO_WORSE,
    UNDECIDED,
    WORSE,
    Difference,
    LayerComparison,
)
from echoscope.measure.report.words import number
from echoscope.settings import Json

UNITS = {"bits": "bits", "hold": "time steps of hold", "recall": "pairs of recall"}


def signed(difference: Difference) -> str:
    """The difference with its interval.

    >>> from echoscope.measure.comparison.difference import difference
    >>> signed(difference("bits", [24.0, 24.0, 24.0], [20.0, 20.0, 20.0]))
    '-4 [-4, -4]'
    """
    item = difference.difference
    ends = (item.low, item.value if item.high is None else item.high)
    low, high = (f"{end:+.1f}".replace("+0.0", "0").replace("-0.0", "0") for end in ends)
    value = ("-" if item.value < 0 else "+" if item.value > 0 else "") + number(abs(item.value))
    trim = [end.removesuffix(".0") for end in (low, high)]
    return f"{value} [{trim[0]}, {trim[1]}]"


def sentence(result: LayerComparison) -> str:
    """What is decided, in one sentence."""
    names = f"{result.after.source} beside {result.before.source}"
    if not result.differences:
        return (
            f"{names}: nothing is known, as not {LOOKS[0]} seeds of both were trained; use a longer"
            " budget."
        )
    parts = []
    for verdict, says in (
        (WORSE, "{1} worse ({0})"),
        (BETTER, "{1} better ({0})"),
        (NO_WORSE, "{1} no worse ({0})"),
        (UNDECIDED, "{1} undecided ({0})"),
    ):
        of_kind = [item for item in result.differences if item.verdict == verdict]
        parts += [says.format(signed(item), UNITS[item.name]) for item in of_kind]
    return f"{names}: {listed(parts)}, after {many(result.seeds, 'paired seed')}."


def compared_table(result: LayerComparison) -> Table:
    """Every measure: before, after, their difference, and what it decides."""
    rows = tuple(
        (
            UNITS[item.name],
            number(item.before),
            number(item.after),
            signed(item),
            item.verdict,
        )
        for item in result.differences
    )
    note = (
        "difference: after minus before of the same seeds, with an interval that shares its 5 %"
        " with the other measures and all looks, so it may be looked at as often as it was."
    )
    heads = ("measure", "before", "after", "difference", "verdict")
    return Table("Comparison", heads, rows, (note,), named=1)


def compared_json(result: LayerComparison) -> Json:
    """The comparison as JSON."""
    return {
        "before": result.before.source,
        "after": result.after.source,
        "worse": result.worse,
        "decided": bool(result.differences) and result.decided,
        "seeds": result.seeds,
        "seconds": round(result.seconds, 2),
        "measures": {
            item.name: {"before": item.before, "after": item.after, "verdict": item.verdict}
            | asdict(item.difference)
            for item in result.differences
        },
    }
