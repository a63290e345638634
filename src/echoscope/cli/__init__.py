"""The command `echoscope`: settings in, pages and numbers out. Each refusal is one sentence and
exit status 2.
"""

import io
import os
import sys
from collections.abc import Sequence

import click

from echoscope.cli.help import Group
from echoscope.cli.signals import signals_end, status_of
from echoscope.cli.terminal import output
from echoscope.cli.terminal.write import say
from echoscope.cli.usage import sentence
from echoscope.errors import UNWRITTEN, EchoscopeError
from echoscope.process.compile_cache import keep_programs
from echoscope.process.leaving import leave
from echoscope.process.xla import ask_for_speed
from echoscope.wording import typed

SECTIONS = {
    "Start here": ("lab", "run", "predict", "explain", "inspect", "sweep", "report"),
    "Look at what is trained": ("watch", "runs", "show", "summary", "figure"),
    "Measure a layer": ("xray", "measure", "compare"),
    "Put a network to the test": ("forecast", "stream", "evaluate", "confusion", "generate"),
    "Take networks and runs elsewhere": ("export", "import", "merge"),
}


@click.group(cls=Group, sections=SECTIONS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="echoscope", message="echoscope %(version)s")
@click.pass_context
def echoscope(context: click.Context) -> None:
    """Show and measure what a sequence model remembers.

    Start with echoscope run lag. Each command has its own help: echoscope run --help.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        context.color = False
    keep_programs()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its status: 0 done, 1 the run failed, 2 bad input, 128 + N
    ended by signal N.
    """
    ask_for_speed()
    output.guard()
    with signals_end():
        ended = status(arguments)
    leave(output.end(ended))


def status(arguments: Sequence[str] | None = None) -> int:
    """Run the command on `arguments` (the process's own by default) and give its exit status."""
    for channel in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(channel, io.TextIOWrapper):
            channel.reconfigure(
                errors="replace"
            )  # a terminal without blocks or arrows shows ? instead of failing
    try:
        result = echoscope.main(arguments, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as shown:
        say(shown.format_message())
        return 0
    except (EchoscopeError, click.ClickException) as error:
        return _refused(error)
    except (KeyboardInterrupt, click.Abort) as ended:  # click's is a RuntimeError
        say(UNWRITTEN, err=True)
        return status_of(ended)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "RESOURCE_EXHAUSTED" not in str(error):
            raise
        text = str(error).splitlines()[0].rstrip(".") if str(error) else "none is left"
        return _refused(
            EchoscopeError(
                f"There is not enough memory for this ({text}): fewer units, symbols or runs, or a"
                " shorter window, need less."
            )
        )
    return result if isinstance(result, int) else 0


def _refused(error: Exception) -> int:
    text = sentence(error) if isinstance(error, click.ClickException) else typed(str(error))
    say(f"echoscope: {' '.join(text.split())}", err=True)
    return 2
