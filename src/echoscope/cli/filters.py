"""The options that choose runs of a store and what counts as solved."""

import click

WHERE = click.option(
    "--where", metavar="CONDITION", help='which runs, as "units >= 32 and lag < 9" (all).'
)


TARGET_ACCURACY = click.option(
    "--target-accuracy",
    default="0.99",
    metavar="ACCURACY",
    help="the accuracy that counts as solved (0.99).",
)
