"""The command's way in: an interrupt while it is being loaded ends in a sentence, as at any later
moment.
"""

import sys


def main() -> None:
    """Load the command and run it."""
    try:
        from echoscope.cli import main as command
    except KeyboardInterrupt:
        from echoscope.errors import INTERRUPTED, UNWRITTEN

        sys.stderr.write(f"{UNWRITTEN}\n")
        sys.exit(INTERRUPTED)
    command()
