"""Every store that ten diverse runs can make: every figure, the sketch, the report and the summary
of each.

python bench/mixed_stores.py            # all 1,023 subsets
python bench/mixed_stores.py --rendered # and each picture drawn as SVG
"""

import contextlib
import io
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from echoscope import Store
from echoscope.cli import status
from echoscope.figures import save
from echoscope.report import document_of
from test_mixed_stores import check, diverse


def main() -> None:
    """Print how many stores were asked and pictures drawn; the first that fails ends it with its
    reason.
    """
    runs, start, pictures, stores = diverse(), time.perf_counter(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for size in range(1, len(runs) + 1):
            for some in combinations(runs, size):
                stores += 1
                try:
                    charts = check(some)
                    store = Store(Path(folder) / str(stores))
                    for run in some:
                        store.add(run)
                    document_of(store)
                    with contextlib.redirect_stdout(io.StringIO()):
                        left = status(["summary", "--store", str(store.folder)])
                    assert left == 0
                    if "--rendered" in sys.argv:
                        for chart in charts:
                            save(chart, str(Path(folder) / "chart.svg"))
                except Exception:
                    print("failed:", [run.experiment for run in some])
                    raise
                pictures += len(charts)
    seconds = time.perf_counter() - start
    print(
        f"{stores:,} stores, {pictures:,} pictures, every mark a run of its store, no exception,"
        f" {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
