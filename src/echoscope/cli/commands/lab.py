"""`echoscope lab`: a page on which memory can be seen and tried."""

import threading
import webbrowser

import click

from echoscope.cli.help import command
from echoscope.cli.options import value, with_store
from echoscope.cli.terminal import output
from echoscope.cli.terminal.write import say
from echoscope.settings import whole
from echoscope.store import Store

LAST_PORT = 65_535


@command(
    "echoscope lab",
    "echoscope lab --port 8017 --no-browser --layer examples/my_layer.py:MyCell",
)
@click.option("--port", default="0", metavar="N", help="where it is served (0: any that is free).")
@click.option("--browser/--no-browser", default=True, help="open it in the browser.")
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="LAYER",
    help="a layer that can be measured there, as my_layer.py:MyCell; several by several flags.",
)
@with_store
def lab(store: Store, port: str, browser: bool, layers: tuple[str, ...]) -> None:
    """Serve the lab on this machine: see what a task asks, watch a network learn it, and try it on
    integers of your own.

    It is for you alone: other machines cannot reach it, and the address has a token. Ctrl-C ends
    it; what is training is stopped then, and kept.
    """
    place = whole("port", value(port), 0, LAST_PORT)
    from echoscope.lab.server import bound, serve
    from echoscope.measure.layer.source import load
    from echoscope.registry import LAYERS

    with output.aside():  # what a layer's file prints is not what the command says
        for layer in set(layers) - LAYERS.keys():
            load(layer)
    taken = bound(place)

    def ready(address: str) -> None:
        say(f"the lab is at {address}")
        say("runs are kept in " + str(store.path) + "; Ctrl-C ends it")
        if browser:  # which some browsers are until they are closed
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    serve(store, taken, ready, layers)
