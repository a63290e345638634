"""Studies of the page: a small one begun, and what all runs of the store say together."""

from math import prod
from typing import TYPE_CHECKING

from echoscope.errors import SettingError, StoreError, shown
from echoscope.lab import recipes
from echoscope.lab.controls import MOST_SEEDS, check_most
from echoscope.lab.doing import gone_note
from echoscope.lab.work import Do, Work
from echoscope.settings import Json, whole
from echoscope.store import Store
from echoscope.store.elsewhere import elsewhere
from echoscope.studies.axis import values_of

if TYPE_CHECKING:
    from echoscope.studies.grid import Study

MOST_CELLS = 40
MOST_TYPED = 400  # letters of axes


def sweep(values: Json, store: Store) -> tuple[Do, Json]:
    """Train a small study, into the store; and what is known of it beforehand. `axes` are texts as
    lag=1..4, with blanks between.
    """
    study = _study(values)
    store.check_writable()
    before = store.ids()

    def do(work: Work) -> Json:
        from echoscope.studies.sweep import Sweep

        with Sweep(study, store, workers=1) as sweeping:
            try:
                for advance in sweeping:
                    work.tell({"done": advance.done, "cells": len(study), "left": advance.left})
                    if work.stopping.is_set():
                        sweeping.finish()
            except StoreError as error:
                if not sweeping.unkept:
                    raise
                says = elsewhere(store, sweeping.unkept)[2]
                raise StoreError(f"{error} {says}") from None
        return gone_note(store, before)

    folder = str(store.folder)
    recipe = recipes.sweeping(folder, study.preset, study.fit, study.seeds, study.axes)
    return do, {"recipe": recipe}


def _study(values: Json) -> "Study":
    """What a page asks for. Raises `SettingError` for what cannot be, or is more than it may."""
    from echoscope.studies.grid import Study

    typed = str(values.get("axes", ""))[:MOST_TYPED]
    texts = [part.partition("=") for part in typed.split()]
    unlike = [name for name, equals, text in texts if not (equals and text)]
    if unlike or not texts:
        raise SettingError(
            f"axes must be settings with their values, as lag=1..4 units=8,32, not {shown(typed)}."
        )
    names = [name for name, _, _ in texts]
    if len({*names}) < len(names):
        raise SettingError(f"axes must name each setting once, not {shown(typed)}.")
    seeds = whole("seeds", values.get("seeds", 2), 1, MOST_SEEDS)
    axes = {name: values_of(name, text) for name, _, text in texts}
    cells = seeds * prod(map(len, axes.values()))  # before any of them is made
    if cells > MOST_CELLS:
        raise SettingError(
            f"a study has at most {MOST_CELLS} trainings in the lab, not {cells:,}: give fewer"
            " values, or use echoscope sweep."
        )
    known = {"preset": values.get("preset", "lag"), "fit": values.get("fit", "quick")}
    study = Study(**known, seeds=seeds, axes=axes)
    for cell in study.cells():
        check_most(cell)
    return study


def report_page(store: Store) -> str:
    """The report of all runs, as a page. Raises `StoreError` where there are none."""
    from echoscope.report import document_of
    from echoscope.report.html import page_of

    return page_of(document_of(store))
