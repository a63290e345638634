"""`echoscope merge`: the runs of another store taken in."""

import click

from echoscope.cli.help import command
from echoscope.cli.options import with_json, with_store
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.write import say
from echoscope.errors import many
from echoscope.store import Store

DAMAGED = 2


@command("echoscope merge other-echoes")
@click.argument("folder")
@with_store
@with_json
def merge(folder: str, store: Store, as_json: bool) -> int:
    """Take in the runs and weights of another store FOLDER; of equal settings, the finished and
    later run stays.
    """
    done = store.merge(folder)
    output.kept(f"{many(done.added, 'run')} taken from {folder} into {store.folder}")
    if as_json:
        screen.document({"added": done.added, "stayed": done.stayed, "damaged": list(done.damaged)})
    else:
        say(
            f"{many(done.added, 'run')} of {folder} {'is' if done.added == 1 else 'are'} in"
            f" {store.folder} now; {done.stayed:,} were there already, and stay."
        )
    for sentence in done.damaged:
        say(f"echoscope: left out: {sentence}", err=True)
    return DAMAGED if done.damaged else 0
