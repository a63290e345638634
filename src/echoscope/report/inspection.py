"""The page of an inspection: what a sequence holds, before any training."""

from collections.abc import Sequence

from echoscope.analysis.table import Table, count, percent, share, three_digits
from echoscope.errors import plain
from echoscope.experiment.user_data import UserData
from echoscope.figures.information import information
from echoscope.information.ceiling import LEAST_COVERAGE, LEAST_OFTEN
from echoscope.information.inspection import Inspection
from echoscope.information.lags import LEVEL, LagInformation, carrying_lags
from echoscope.information.scores import RuleScore
from echoscope.recoding import Recoding
from echoscope.report.document import Block, Document, Heading, Picture, Sentences


def inspection_document(
    inspection: Inspection, data: UserData, source: str, understood: str
) -> Document:
    """Verdict, sequence, lags and rules as blocks of a page."""
    recoded = [] if data.recoding is None else [f"Recoded: {data.recoding.described}."]
    verdict, *rest = inspection_blocks(inspection, source)
    blocks = (verdict, Sentences((understood, *recoded)), *rest)
    return Document(f"What {source} holds", blocks)


def inspection_blocks(
    inspection: Inspection, source: str = "", every_lag: bool = True
) -> tuple[Block, ...]:
    """The same without what is said of the source, and without a row for `every_lag` if that is not
    wanted.
    """
    blocks: list[Block] = [
        Sentences((inspection.verdict,)),
        Heading("The sequence"),
        sequence_table(inspection),
    ]
    if inspection.lags:
        picture = Picture("lags", "What each lag tells", information(inspection.lags, source))
        blocks += [Heading("How far back"), picture]
        blocks += [lags_table(inspection.lags)] if every_lag else []
    if inspection.rules:
        blocks += [
            Heading("What needs no training"),
            rules_table(inspection.rules, inspection.recoding),
        ]
    blocks.append(Sentences((limit(inspection),)))
    return tuple(blocks)


def sequence_table(inspection: Inspection) -> Table:
    """What it is made of, and what a value has to tell in bits."""
    parts = {
        "sequences": count(inspection.sequences),
        "shortest": count(inspection.shortest),
        "median": f"{inspection.median:,g}",
        "longest": count(inspection.longest),
    }
    cells = (parts if inspection.sequences > 1 else {}) | {
        "values": count(inspection.values),
        "missing": count(inspection.missing),
        "symbols": count(inspection.vocab_size),
        "repeats": percent(inspection.repeats if inspection.values > 1 else None),
        "bits of a value": three_digits(inspection.entropy[0]),
    }
    for entropy in inspection.entropies[1:]:
        head = f"given the last {entropy.context}" if entropy.context > 1 else "given the last"
        told = entropy.coverage >= LEAST_COVERAGE and entropy.per_window >= LEAST_OFTEN
        cells[head] = three_digits(entropy.bits) if told else "-"
    cells["drift p"] = f"{inspection.drift.p:.2g}"
    note = (
        "repeats: equal to the value before; bits: what a value has to tell, and what is left of it"
        " when those before are known (-: too few of them come again); drift p: how often counts"
        " that do not change would differ as much over time."
    )
    return Table("The sequence", tuple(cells), (tuple(cells.values()),), (note,))


def lags_table(lags: Sequence[LagInformation]) -> Table:
    """The information of each lag."""
    carrying = carrying_lags(lags)
    rows = tuple(
        (
            str(lag.lag),
            three_digits(max(0.0, lag.bits)),
            three_digits(lag.band),
            f"{lag.p:.2g}",
            f"{lag.far_p:.2g}",
            "yes" if lag in carrying else "no",
        )
        for lag in lags
    )
    note = (
        "bits: mutual information, less what shuffled sequences show; p: how often shuffled ones"
        f" show as much at any of {len(lags)} lags, above {LEVEL} below the band; far p: how often"
        " any of as many lags far back does. A lag carries information where p and, if any lag has"
        f" it, far p are at most {LEVEL}."
    )
    return Table("Lags", ("lag", "bits", "band", "p", "far p", "carries"), rows, (note,), named=1)


def rules_table(scores: Sequence[RuleScore], recoding: Recoding | None = None) -> Table:
    """The rules that need no training, scored on the held-out end; the commonest symbol in the
    value that it stands for.
    """
    rows = tuple(
        (
            rule.name,
            _detail(rule, recoding),
            share(rule.accuracy.value, rule.accuracy.low, rule.accuracy.high),
            three_digits(rule.bits),
            "-" if rule.name == "memoryless" else f"{rule.better_p:.2g}",
        )
        for rule in scores
    )
    targets = scores[0].accuracy.target_count
    note = (
        f"Known from the part that is not held out, scored on {targets:,} values after; bits: code"
        " length of a value by the rule's probabilities; p: of being better than the commonest by"
        " chance."
    )
    heads = ("rule", "what it chose", "accuracy (95 %)", "bits", "p")
    return Table("Rules", heads, rows, (note,), named=1)


def _detail(rule: RuleScore, recoding: Recoding | None) -> str:
    kind, _, number = rule.detail.partition(" ")
    if recoding is None or kind != "symbol":
        return rule.detail
    return plain(f"value {recoding.value(int(number))}", 40)


def limit(inspection: Inspection) -> str:
    """The ceiling that the entropy rate sets, in a sentence."""
    most, rate = inspection.ceiling, inspection.entropy_rate
    reached = max((rule.accuracy.value for rule in inspection.rules), default=0.0)
    if most.value == reached and reached < 1:
        return (
            f"By {rate.bits:.3g} bits a value ({rate.source}) Fano's bound is no more than the"
            f" {percent(reached)} that a rule reaches here: little more can be expected."
        )
    return (
        f"By {rate.bits:.3g} bits a value ({rate.source}) no predictor can exceed"
        f" {percent(most.value)} (Fano's bound; {percent(most.low)} to {percent(most.high)} at the"
        " ends of the 95 % interval of the bits). Few sequences allow as much."
    )
