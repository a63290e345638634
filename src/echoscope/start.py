"""The command's way in: an interrupt while it is being loaded ends in a sentence, as at any later
moment.
"""

import sys

SUPERVISED = (
    "run",
)  # commands that compile, and would lose work if the compiler ended their process


def main() -> None:
    """Load the command and run it."""
    try:
        if sys.argv[1:2] and sys.argv[1] in SUPERVISED:
            from echoscope.supervised import supervise

            supervise()
        from echoscope.cli import main as command
    except KeyboardInterrupt:
        from echoscope.errors import INTERRUPTED, UNWRITTEN

        sys.stderr.write(f"{UNWRITTEN}\n")
        sys.exit(INTERRUPTED)
    command()
