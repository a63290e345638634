"""`echoscope report`: a page of what the runs of a store say together."""

import click

from echoscope.cli.filters import TARGET_ACCURACY, WHERE
from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_store
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.write import say
from echoscope.store import Store


@command("echoscope report", 'echoscope report study.md --title "How far back"')
@click.argument("file", default="report.html")
@WHERE
@click.option("--title", default="", metavar="TEXT", help="the title of the page.")
@TARGET_ACCURACY
@with_store
@with_json
def report(
    file: str, where: str | None, title: str, target_accuracy: str, store: Store, as_json: bool
) -> None:
    """Write all that the runs say together as FILE: an .html page that needs no network, or .md
    (report.html).
    """
    from echoscope.report import check_file, document_of, write_document

    check_file(file)
    with screen.without_gc():
        write_document(document_of(store, where, value(target_accuracy), title), file)
    output.kept(f"the report is saved in {file}")
    if as_json:
        screen.document({"file": file})
    else:
        say(f"the report is saved in {file}")
