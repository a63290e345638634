"""`echoscope sweep`: train the cells of a study that are not trained yet, group by group, and judge them all."""

from pathlib import Path
from typing import Any

import click

from echoscope.cli import screen
from echoscope.cli.flags import NAMES, value, with_json, with_store, with_words
from echoscope.cli.judging import table, told
from echoscope.cli.run import FAILED, INTERRUPTED, trained_group
from echoscope.errors import WordError
from echoscope.grid import Plan, Study, label, plan
from echoscope.store import AGAIN, Store
from echoscope.study_file import study_of_file
from echoscope.summary import groups_of

LANES = 8  # cells trained before their records are written: what a kill may cost


@click.command()
@with_words
@click.option("--seeds", metavar="N", help="seeds a cell: seed, seed+1, ... (5).")
@click.option("--wanted", default="0.99", metavar="SCORE", help="the score that counts as solved (0.99).")
@click.option("--dry-run", is_flag=True, help="say what would be trained, and stop.")
@with_store
@with_json
def sweep(seeds: str | None, wanted: str, dry_run: bool, store: Store, as_json: bool, **given: Any) -> int:
    """Train a grid: PRESET with words of several values (--lag 1..4 --units 8,16), or a study file (.toml).

    What is trained already is not trained again: the same words go on where they ended.
    """
    study = _study(given, seeds)
    planned = plan(study, [row.id for row in store.rows() if row.outcome not in AGAIN])
    if not as_json:
        screen.paragraph(label(study))
        done, left, groups = map(len, (planned.done, planned.left, planned.groups))
        screen.paragraph(f"{done} trained before, {left} left in {groups} groups of one compiled program each", "  ")
    interrupted = False if dry_run else _trained(planned, store)
    cells = {cell.id for cell in planned.cells}
    records = store.rows(ids=cells)
    varied = [name for name, values in study.axes.items() if len(values) > 1]
    found = groups_of(records, varied)
    if as_json:
        screen.document({"id": study.id, "study": study.to_json(), "cells": len(planned.cells),
                         "left": len(planned.left), "groups": [len(group) for group in planned.groups],
                         "summary": told(varied, found, value(wanted))})  # fmt: skip
    elif records and not dry_run:
        screen.title(f"{len(records)} of {len(planned.cells)} cells")
        table(varied, found, value(wanted))
    diverged = any(record.outcome == "diverged" for record in records)
    return INTERRUPTED if interrupted else FAILED if diverged and not dry_run else 0


def _study(given: dict[str, Any], seeds: str | None) -> Study:
    """The study that the flags say, or that a file does."""
    axes = {name: given[name] for name in NAMES if given.get(name) is not None}
    if Path(given["preset"]).suffix == ".toml":
        if axes or seeds is not None:
            said = next(iter(axes), "seeds")
            raise WordError(f"A study file says all words of its study: leave --{said} out, or write it there.")
        return study_of_file(given["preset"])
    count = {} if seeds is None else {"seeds": value(seeds)}
    return Study(preset=given["preset"], fit=given["fit"], axes=axes, **count)


def _trained(planned: Plan, store: Store) -> bool:
    """Train what is left and keep its records; True if it was interrupted."""
    for group in planned.groups:
        for start in range(0, len(group), LANES):
            found = trained_group(list(group[start : start + LANES]), None)
            for record, weights in found:
                store.add(record, weights)
            if not found or any(record.outcome == "interrupted" for record, _ in found):
                return True
    return False
