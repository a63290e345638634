"""`echoscope inspect`: is there memory in a sequence, how far back, and what can be predicted?
Nothing here trains or needs JAX.
"""

from itertools import groupby

import click

from echoscope.analysis.table import three_digits
from echoscope.cli.file_options import FileOptions, with_data
from echoscope.cli.help import command
from echoscope.cli.options import value, with_json
from echoscope.cli.terminal import output, screen, tables
from echoscope.cli.terminal.preview import read_as
from echoscope.cli.terminal.write import say
from echoscope.errors import SettingError
from echoscope.experiment.user_data import UserData
from echoscope.information.inspection import MOST_LAGS, Inspection, inspect_symbols
from echoscope.information.lags import carrying_lags
from echoscope.reading import BYTES
from echoscope.report.document import Document, Picture
from echoscope.report.inspection import inspection_document, limit, rules_table, sequence_table
from echoscope.settings import Value, whole

BAR = "█"
GATHERED = 4  # lags in a row without information that share a line
FEW_NUMBERS, SPARSE = 50, 0.05  # different numbers, and their share of all values


@command(
    "echoscope inspect examples/sunspots-1700.csv --column spots --bins 8",
    "echoscope inspect --text LICENSE --lags 20",
    "echoscope inspect examples/sunspots-1700.csv --column spots --bins 8 --json",
)
@click.argument("path", metavar="[FILE]", required=False)
@with_data
@click.option("--lags", default="64", metavar="N", help="how far back to look, in values (64).")
@click.option("--seed", default="0", metavar="N", help="decides how sequences are shuffled.")
@click.option("--figure", metavar="FILE", help="save a picture of the lags, as figure does.")
@click.option("--report", metavar="FILE", help="save it all as a page, .html or .md.")
@with_json
def inspect(
    path: str | None,
    lags: str,
    seed: str,
    figure: str | None,
    report: str | None,
    as_json: bool,
    **values: Value,
) -> None:
    """Say whether there is memory in a sequence, how far back, and how well it can be predicted,
    without any training. FILE - is standard input.
    """
    from echoscope.figures import kind_of
    from echoscope.report import check_file

    options = FileOptions.taken(dict(values)).named(path)
    most, start = whole("lags", value(lags), 1, MOST_LAGS), whole("seed", value(seed), 0)
    for place, check in ((figure, kind_of), (report, check_file)):
        if place:
            check(place)
    column, data = options.sequence()
    vocab_size = None if column else BYTES
    symbols = data if column else data.integers
    result = inspect_symbols(symbols, vocab_size, lags=most, seed=start)
    understood = column.understood if column else f"{len(data):,} bytes."
    document = inspection_document(result, data, options.source, understood)
    _saved(document, figure, report)
    if as_json:
        recoding = data.recoding.to_json() if data.recoding else None
        screen.document(result.to_dict() | {"source": options.source, "recoding": recoding})
        return
    screen.paragraph(result.verdict)
    read_as(data, options.source, column)
    if many_numbers(data, options):
        screen.paragraph(
            f"{result.kinds:,} different numbers among {result.values:,} values: --bins 20 sorts"
            " them into twenty, and may show more.",
            "  ",
        )
    _page(result)
    for place in filter(None, (figure, report)):
        say(f"saved in {place}")
    if result.rules:
        say(f"  next: {_next(options, result)}")


def many_numbers(data: UserData, options: FileOptions) -> bool:
    """Whether so many different numbers stand in a column that few of them come again."""
    recoding = None if data.recoding is None else data.recoding.of(0)
    numeric = bool(options.file) and not options.bins and (recoding is None or recoding.numeric)
    return numeric and data.vocab_size > max(FEW_NUMBERS, SPARSE * len(data))


def _next(options: FileOptions, result: Inspection) -> str:
    """The command that trains a network to say what comes next."""
    return f"echoscope run lag --fit quick {options.typed} --lag -1 --window {result.window}"


def _saved(document: Document, figure: str | None, report: str | None) -> None:
    from echoscope.figures import save
    from echoscope.report import write_document

    pictures = [block for block in document.blocks if isinstance(block, Picture)]
    if figure:
        if not pictures:
            raise SettingError("There is no lag to draw: give a longer sequence.")
        save(pictures[0].chart, figure)
        output.kept(f"the picture is saved in {figure}")
    if report:
        write_document(document, report)
        output.kept(f"the page is saved in {report}")


def _page(result: Inspection) -> None:
    """What is measured, and a bar a lag; lags in a row that carry nothing share a line."""
    screen.title("The sequence")
    tables.show(sequence_table(result))
    if result.lags:
        screen.title("What each lag tells (bits; * carries information)")
        wide = max(10, min(50, screen.width() - 30))
        most = max(lag.bits for lag in result.lags)
        top = max(most, result.entropy[0] / 4) or 1  # chance alone fills no line
        carrying = carrying_lags(result.lags)
        for carries, group in groupby(result.lags, lambda lag: lag in carrying):
            lags = list(group)
            if not carries and len(lags) >= GATHERED:
                say(f"  {lags[0].lag:4} to {lags[-1].lag}: no information")
                continue
            for lag in lags:
                bits = max(0.0, lag.bits)
                bar = BAR * round(wide * bits / top)
                mark = "*" if carries else " "
                say(f"  {lag.lag:4} {mark} {three_digits(bits):>8}  {bar}".rstrip())
    if result.rules:
        screen.title("What needs no training, on the held-out end")
        tables.show(rules_table(result.rules, result.recoding))
    screen.paragraph(limit(result))
