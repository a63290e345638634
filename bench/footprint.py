"""How much memory a training takes beside what was estimated, each in a process of its own.

python bench/footprint.py [--only WORD]

One epoch is trained and a short accuracy taken: what an epoch holds does not grow with their
number.
"""

import argparse
import resource
import shlex
import subprocess
import sys
import tempfile

from echoscope.cli import status
from echoscope.cli.options import value
from echoscope.experiment.presets import preset
from echoscope.training import loop
from echoscope.training.memory import footprint

TRAININGS = """
lag --units 100
lag --units 1000
lag --units 2000
lag --units 3500
lag --model gru --units 2000
lag --model rnn --units 3000
lag --model mlp --fit quick --units 4000
lag --model encoder-decoder --units 1500
lag --layers 3 --units 1000
lag --fit quick --bidirectional true --units 1500
lag --vocab-size 100000 --units 8
lag --vocab-size 1000000 --units 8
lag --vocab-size 100000 --units 32 --encoding embedding
lag --vocab-size 1000000 --encoding bits
lag --vocab-size 20000 --fit quick --batch-size 1000
lag --fit quick --batch-size 10000
lag --fit quick --batch-size 100000
lag --fit quick --batch-size 300000 --units 20
lag --fit quick --batch-size 1000000 --units 4 --vocab-size 4
lag --fit quick --batch-size 20000 --window 50 --length 50 --units 20
lag --fit quick --batch-size 20000 --window 50 --length 50 --units 20 --model gru
lag --fit quick --batch-size 20000 --window 50 --length 50 --units 20 --model rnn
lag --fit quick --batch-size 1000 --window 1000 --length 1000 --units 20
lag --length 100000
lag --length 1000000
lag --length 1000000 --batch-size 1000
lag --length 10000 --window 2000
whole --length 100000
whole --length 300000 --units 10
whole --length 1000 --batch-size 1 --seeds 20
lag --units 1000 --seeds 8
lag --seeds 200
lag --fit quick --batch-size 10000 --seeds 20
lag --fit quick --batch-size 10000 --seeds 5 --missing 0.1
partial --fit quick --batch-size 50000
whole --sampling stream --stateful true --batch-size 1000 --window 100 --length 100 --units 50
lag --edges padded --window none --length 2000
lag --model mlp --fit quick --window 1000 --length 1000 --units 100 --batch-size 100
"""


def child(settings: list[str]) -> None:
    """Train in this process; its peak, in bytes, ends standard error."""
    loop.EVALUATION_TARGETS = 10  # targets of an accuracy
    with tempfile.TemporaryDirectory() as folder:
        code = status(["run", *settings, "--epochs", "1", "--store", folder])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(code, peak, file=sys.stderr)


def estimated(settings: list[str]) -> int:
    """What the estimate says of it."""
    text = {
        name[2:].replace("-", "_"): value(values)
        for name, values in zip(settings[1::2], settings[2::2], strict=True)
    }
    runs, fit = text.pop("seeds", 1), text.pop("fit", "tutorial")
    return footprint(preset(settings[0], fit=fit, **text), runs)


def main() -> None:
    """Print a row a training, and the least and the most share."""
    values = argparse.ArgumentParser()
    values.add_argument("--only", default="")
    values.add_argument("--child", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    chosen = values.parse_args()
    if chosen.child:
        child(chosen.child)
        return
    print("| training | MB | estimated | share |\n|---|---|---|---|")
    shares = []
    for row in filter(lambda row: row and chosen.only in row, TRAININGS.split("\n")):
        settings = shlex.split(row)
        done = subprocess.run(
            [sys.executable, __file__, "--child", *settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=True,
        )
        code, peak = map(int, done.stderr.split()[-2:])
        assert code == 0, done.stderr
        guess = estimated(settings)
        shares.append(guess / peak)
        print(
            f"| {row} | {peak / 1e6:,.0f} | {guess / 1e6:,.0f} | {guess / peak:.2f} |", flush=True
        )
    print(f"\nFrom {min(shares):.2f} to {max(shares):.2f} times.")


if __name__ == "__main__":
    main()
