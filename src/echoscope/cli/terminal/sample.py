"""A run's own sample: what the network read and predicted, and how it does at each target."""

from collections.abc import Sequence

from echoscope.analysis.table import three_digits
from echoscope.cli.terminal.screen import predictions_table, title
from echoscope.cli.terminal.write import say
from echoscope.column_recodings import ColumnRecodings
from echoscope.errors import plain
from echoscope.runs.run import Run
from echoscope.tasks.base import ECHO

Rows = tuple[tuple[int, int, float, float, float, float | None], ...]


def sample(run: Run) -> None:
    """The windows of a fresh draw, and each of several targets that are predicted at once."""
    echo = run.experiment.task.kind == ECHO
    if run.inputs:
        held = "A stretch of the held-out end" if run.experiment.data else "A fresh sequence"
        title(held if echo else "Fresh samples")
        predictions_table(run.inputs, run.targets, run.predictions, ends=not echo)
    if run.by_target:
        _each("lag" if echo else "target", run.by_target)
    if run.by_column:
        names = run.recoding.names if isinstance(run.recoding, ColumnRecodings) else ()
        _each("column", run.by_column, names)


def _each(name: str, rows: Rows, names: Sequence[str] = ()) -> None:
    """The accuracy and the loss of each of several targets, which may have names."""
    title(f"Each {name}")
    texts = [plain(names[which - 1], 30) if names else str(which) for which, *_ in rows]
    wide = max(6, *map(len, texts))
    say(f"  {name:>{wide}}  accuracy  {'95 % interval':18}     loss")
    for text, (_, _, value, low, high, loss) in zip(texts, rows, strict=True):
        between = f"{low:.2%} to {high:.2%}"
        off = "-" if loss is None else three_digits(loss)
        say(f"  {text:>{wide}}  {value:8.2%}  {between:18}  {off:>7}")
