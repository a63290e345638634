"""`echoscope figure` and `report`: pictures and a page of what the records of a store say
together.
"""

import click

from echoscope.cli import output, screen
from echoscope.cli.flags import value, with_json, with_store
from echoscope.cli.manual import command
from echoscope.cli.outlet import say
from echoscope.store import Store

WHERE = click.option(
    "--where", metavar="CONDITION", help='which records, as "units >= 32 and lag < 9" (all).'
)
WANTED = click.option(
    "--wanted", default="0.99", metavar="SCORE", help="the score that counts as solved (0.99)."
)


@command(
    "echoscope figure curves curves.svg", 'echoscope figure lag lag.html --where "symbols = 10"'
)
@click.argument("name", metavar="curves|lag|heat|units|steps|parameters|state|positions")
@click.argument("file")
@WHERE
@WANTED
@with_store
@with_json
def figure(
    name: str, file: str, where: str | None, wanted: str, store: Store, as_json: bool
) -> None:
    """Save a figure of a study as .svg, .png, .pdf or .html.

    curves: score against steps, over seeds; lag: score against lag; heat: score over lag and units;
    units: fewest units that solve each lag; steps: steps to solve; parameters, state: score against
    the size of a network or of its state; positions: error by position.
    """
    from echoscope.figures import Evidence, check_name, draw, kind_of, save

    check_name(name)
    kind_of(file)
    with screen.no_circles():
        save(draw(name, Evidence.of_store(store, where, value(wanted))), file)
    output.kept(f"figure {name} is saved in {file}")
    if as_json:
        screen.document({"figure": name, "file": file})
    else:
        say(f"figure {name} is saved in {file}")


@command("echoscope report", 'echoscope report study.md --title "How far back"')
@click.argument("file", default="report.html")
@WHERE
@click.option("--title", default="", metavar="TEXT", help="the title of the page.")
@WANTED
@with_store
@with_json
def report(
    file: str, where: str | None, title: str, wanted: str, store: Store, as_json: bool
) -> None:
    """Write all that the records say together as FILE: an .html page that needs no network, or .md
    (report.html).
    """
    from echoscope.report import check_file, document_of, write_document

    check_file(file)
    with screen.no_circles():
        write_document(document_of(store, where, value(wanted), title), file)
    output.kept(f"the report is saved in {file}")
    if as_json:
        screen.document({"file": file})
    else:
        say(f"the report is saved in {file}")
