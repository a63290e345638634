"""The options that choose runs of a store and what counts as solved."""

import click

WHERE = click.option(
    "--where", metavar="CONDITION", help='which records, as "units >= 32 and lag < 9" (all).'
)


WANTED = click.option(
    "--wanted", default="0.99", metavar="SCORE", help="the score that counts as solved (0.99)."
)
