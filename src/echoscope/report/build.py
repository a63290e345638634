"""The report of a study: question, settings, findings, tables, pictures, where it comes from, and
what went wrong.
"""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from echoscope.analysis import difficulty_tables, tables
from echoscope.analysis.findings import UNTRAINED, Findings
from echoscope.analysis.table import Table
from echoscope.errors import check_kind, listed, many
from echoscope.experiment.fields import FIELDS, SETTINGS, TASK, has
from echoscope.figures import Evidence, draw, figures
from echoscope.figures.narrowing import flag
from echoscope.figures.style import LackingError
from echoscope.figures.thinning import evenly, fewer
from echoscope.report.document import Block, Command, Document, Heading, Picture, Sentences
from echoscope.report.key_findings import verdicts
from echoscope.report.sweep_command import command_of
from echoscope.runs.table import Rows, none_last, parts
from echoscope.store import Store
from echoscope.studies.axis import bare, listed_values, one_text
from echoscope.tasks.base import ECHO
from echoscope.wording import typed

MOST_ROWS = 200  # of a table of findings
MOST_FAILURES = 50  # rows of their tables
PARTS = (  # every table of findings, and the pictures above it
    ("Accuracy", tables.accuracies, ("heat", "parameters", "state", "positions")),
    ("Steps to solve", tables.steps, ("steps", "curves", "loss")),
    ("Fewest units", difficulty_tables.fewest, ("units",)),
    ("Spans", difficulty_tables.spans, ()),
    ("How far back", difficulty_tables.windows, ("window",)),
    ("Comparisons", tables.comparisons, ()),
    ("Chosen learning rates", tables.learning_rates, ()),
)
HASHES = {
    "data": "where user data came from",
    "imported": "the hash of imported weights",
    "fold": "how many folds in time order, evaluated together",
}  # settings without a flag
LOST = ("failed", "diverged", "interrupted")
TERMS = {
    "accuracy": "share of targets predicted correctly",
    "chance": (
        "the accuracy of a guess without memory: 1/vocab_size; of user data the best rule that"
        " needs none"
    ),
    "ceiling": "the best accuracy that can be expected, known before training",
    "solved": "that a run reaches the target accuracy; of several runs, the share that does",
    "censored": "seen to its end without the target accuracy: it might have reached it later",
    "span": (
        "the largest lag, or what else makes the task harder, that is solved at the target"
        " accuracy, with all smaller ones"
    ),
    "step": "one weight update",
    "group": "the runs that differ in nothing but seed",
}


def document_of(
    store: Store, where: str | None = None, target_accuracy: object = 0.99, title: str = ""
) -> Document:
    """The report of a store's runs, or of those that meet `where`.

    Raises `StoreError` where none of them was trained, and as `Store.rows` does; `SettingError` for
    a `target_accuracy` that is no accuracy above chance.
    """
    check_kind(store, Store, "document_of needs a Store, as in document_of(Store('echoes'))")
    evidence = Evidence.of_store(store, where, target_accuracy)
    rows = evidence.rows
    result = evidence.findings
    sentences = [Sentences(verdicts(result), listed=True)]
    blocks = [
        *_question(evidence),
        Heading("Findings"),
        *sentences,
        *(
            [Heading("Not evaluated"), Sentences(result.unsaid, listed=True)]
            if result.unsaid
            else []
        ),
        *_shown(store, evidence),
        *_origin(store, result, rows, where),
        *_failures(store, result, rows, where),
    ]
    return Document(title or f"What {_nouns(result)} remember", tuple(blocks))


def _nouns(findings: Findings) -> str:
    models = sorted(
        {str(group.settings["model"]) for group in findings.groups if "model" in group.settings}
    )
    return f"{listed(models)} networks" if models else "the networks of a study"


def _question(evidence: Evidence) -> list[Block]:
    """What varies and what is held equal, in one sentence; then the settings."""
    result, rows = evidence.findings, evidence.rows
    trained = ~rows.became(*UNTRAINED)
    values = dict(
        zip(SETTINGS, map(set, zip(*rows.settings_of(trained), strict=True)), strict=True)
    )
    varied = [
        f"{name} ({listed_values(sorted(values[name], key=lambda value: none_last([value])))})"
        for name in result.varied
    ]
    equal = [
        f"{name} {one_text(bare(value))}"
        for name in SETTINGS
        if name not in result.varied
        for value in values[name]
        if not (name in HASHES and value is None)
        and (name, value) != (TASK, ECHO)
        and any(has(kind, name) for kind in values[TASK])
    ]
    seeds = len(set(rows.seed[trained].tolist()))
    question = (
        f"How does the accuracy depend on {listed(varied)}"
        if varied
        else "How well does one network remember"
    )
    over = f"over {seeds} seeds" if seeds > 1 else "with one seed"
    if folds := len(set(rows.fold[trained].tolist()) - {0}):
        over = f"over {many(folds, 'fold')} and {many(seeds, 'seed')}"
    settings = [
        (name, HASHES.get(name) or str(FIELDS[name].metadata["says"]), "setting")
        for name in result.varied
    ]
    meanings = (*settings, *((term, says, "measure") for term, says in TERMS.items()))
    return [
        Heading("Question"),
        Sentences((f"{question}, {over}, with {', '.join(equal)} held equal?",)),
        Table(
            "Settings and measures",
            ("setting", "what it is", "kind"),
            meanings,
            ("Each setting here means one thing.",),
            row_count=len(meanings),
        ),
    ]


def _shown(store: Store, evidence: Evidence) -> list[Block]:
    """Tables and pictures; and in a sentence each, the pictures that these runs do not have."""
    result = evidence.findings
    chosen = f" {flag(evidence.where, None)}" if evidence.where else ""
    see = store.typed(f"summary{chosen} --json")
    few, note = fewer(result)
    drawn = replace(evidence, findings=few)
    pictures, lacking = {}, []
    for name, figure in figures(evidence.own).items():
        try:
            pictures[name] = Picture(name, figure.says, draw(name, drawn))
        except LackingError as error:
            lacking.append(f"{figure.says}: {typed(error.reason)}")
    blocks: list[Block] = [Sentences((note,))] if note else []
    for title, build, names in PARTS:
        own = evidence.own if build is tables.accuracies else ()
        inside: list[Block] = [pictures[name] for name in (*own, *names) if name in pictures]
        if table := build(result, lambda rows: evenly(rows, MOST_ROWS)):
            inside.append(_with_left_out(table, see))
        blocks += [Heading(title), *inside] if inside else []
    if lacking:
        blocks += [
            Heading("Figures that these runs do not have"),
            Sentences(tuple(lacking), listed=True),
        ]
    return blocks


def _with_left_out(table: Table, see: str) -> Table:
    """A table that also says what it leaves out."""
    count = len(table.rows)
    if count == table.row_count:
        return table
    note = (
        f"Shown are {count:,} of {table.row_count:,} rows, evenly chosen over their order: narrow"
        f" them with --where, or see all with {see}."
    )
    return replace(table, notes=(*table.notes, note))


def _origin(store: Store, findings: Findings, rows: Rows, where: str | None) -> list[Block]:
    """Where the runs were made, when, by what, and the command that makes them again."""
    origins = store.origins(None if where is None else rows.columns["id"])
    versions = sorted(
        {(name, version) for item in origins["versions"] for name, version in item.items()}
    )
    names = dict.fromkeys(name for name, _ in versions)
    by_name = {
        name: ", ".join(version for known, version in versions if known == name) for name in names
    }
    sizes = Counter(group.aggregate.runs.number for group in findings.groups)
    group = ", ".join(
        f"{number:,} of {size}" for size, number in sorted(sizes.items(), reverse=True)
    )
    times, seconds = rows.columns["created"], sum(rows.columns["seconds"])
    facts = [
        ("runs", f"{len(rows):,}" + (f", those that meet {where}" if where else "")),
        ("groups of equal settings but the seed, by their number of runs", group),
        ("made (UTC)", f"{min(times)[:19]} to {max(times)[:19]}".replace("T", " ")),
        ("seconds in total, compiling and training", f"{seconds:,.1f}"),
        ("devices", "; ".join(origins["device"])),
        ("sources of user data", "; ".join(origins["source"])),
        *((name, by_name[name]) for name in names),
        ("this report (UTC)", f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"),
    ]
    command, sentence = command_of(rows)
    known = tuple(fact for fact in facts if fact[1])
    note = "As the runs say it, every different value once."
    table = Table("Where it comes from", ("what", "value"), known, (note,), row_count=len(known))
    return [
        Heading("Where it comes from"),
        table,
        Sentences((sentence,)),
        *([Command(command)] if command else []),
    ]


def _failures(store: Store, findings: Findings, rows: Rows, where: str | None) -> list[Block]:
    """What diverged, failed or was interrupted: by group, and failures by their reasons."""
    lost = rows.became(*LOST)
    if not lost.any():
        return [
            Heading("Failures"),
            Sentences((f"Of {len(rows):,} runs none failed, diverged or was interrupted.",)),
        ]
    condition = f"outcome IN {LOST}" + (f" AND ({where})" if where else "")
    see = store.typed(f"runs {flag(condition, None)} --json")
    listing = store.table(condition, names=["id", "outcome", "reason"])
    by_reason: dict[tuple[str, str], list[str]] = {}
    for identity, outcome, reason in zip(*listing.values(), strict=True):
        by_reason.setdefault((outcome, reason or "-"), []).append(identity)
    ordered = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    shown = [
        (outcome, reason, f"{len(ids):,}", ids[0])
        for (outcome, reason), ids in ordered[:MOST_FAILURES]
    ]
    caption = (
        "Runs by what became of them and why. A run that diverged counts as chance where"
        " accuracies are averaged and as not solved where runs are counted; one that failed stands"
        " in no other table." + _more(len(ordered), "reasons", see)
    )
    blocks: list[Block] = [
        Heading("Failures"),
        Table(
            "Failures",
            ("outcome", "reason", "runs", "one of them"),
            tuple(shown),
            (caption,),
            row_count=len(shown),
        ),
    ]
    if findings.varied:
        keys = parts(rows.distinct, findings.varied)
        groups, whole = (
            Counter([keys[code] for code in codes.tolist()])
            for codes in (rows.code[lost], rows.code)
        )
        most = sorted(groups.items(), key=lambda item: -item[1])
        table = tuple(
            (*(one_text(bare(value)) for value in key), f"{number:,} of {whole[key]:,}")
            for key, number in most[:MOST_FAILURES]
        )
        blocks.append(
            Table(
                "Failures by group",
                (*findings.varied, "runs"),
                table,
                (f"Where they are, the most first.{_more(len(most), 'groups', see)}",),
                row_count=len(table),
            )
        )
    return blocks


def _more(number: int, noun: str, see: str) -> str:
    if number <= MOST_FAILURES:
        return ""
    return f" Shown are the first {MOST_FAILURES} of {number:,} {noun}: see all with {see}."
