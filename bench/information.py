"""What inspecting a sequence without training costs, in a process of its own: seconds of the wall
and of the processor, and the most memory; and how often its tests raise false alarms.

python bench/information.py [--integers 1000000] [--symbols 100] [--lags 64] [--dice 1000]

With scikit-learn beside it (pip install scikit-learn), its mutual information of the same pairs is
compared too.
"""

# pyright: reportMissingImports=false
import argparse
import json
import resource
import subprocess
import sys
import time
from importlib.util import find_spec

import numpy as np

from echoscope.information.inspection import inspect_symbols
from echoscope.information.lags import lag_information
from echoscope.information.mutual import count_weights, pair_information
from echoscope.information.sequence import SymbolSequence


def measured(integers: int, symbols: int, lags: int) -> dict[str, float | str]:
    """One inspection."""
    drawn = np.random.default_rng(0).integers(0, symbols, integers)
    wall, processor = time.perf_counter(), time.process_time()
    inspection = inspect_symbols(drawn, symbols, lags=lags)
    return {
        "wall_s": time.perf_counter() - wall,
        "processor_s": time.process_time() - processor,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "verdict": inspection.verdict,
    }


def alarms(dice: int, count: int, lags: int, shuffles: int) -> None:
    """How many of so many fair dice show a lag at 5 %, and how many verdicts find memory."""
    rng = np.random.default_rng(1)
    lowest = [
        min(
            lag.p
            for lag in lag_information(
                SymbolSequence.of(rng.integers(0, 6, count), 6), lags, seed, shuffles
            )
        )
        for seed in range(dice)
    ]
    share = float(np.mean(np.array(lowest) <= 0.05))
    error = 1.96 * np.sqrt(share * (1 - share) / dice)
    print(
        f"{dice} dice of {count} throws, {lags} lags, {shuffles} shuffles: {share:.1%} false alarms"
        f" (+- {error:.1%}) at 5 %"
    )


def compared() -> None:
    """The information of pairs beside scikit-learn's."""
    if not find_spec("sklearn"):
        print("scikit-learn is not installed: nothing is compared with it")
        return
    from sklearn.metrics import mutual_info_score

    rng, furthest = np.random.default_rng(2), 0.0
    for kinds in (2, 6, 100, 5000):
        before = rng.integers(0, kinds, 4000)
        after = (before + rng.integers(0, 3, 4000)) % kinds
        (bits,) = pair_information(before[None], after[None], kinds, count_weights(4000))
        furthest = max(furthest, abs(bits - mutual_info_score(before, after) / np.log(2)))
    print(f"furthest from scikit-learn's mutual information: {furthest:.1e} bits")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    for name, default in (("integers", 1_000_000), ("symbols", 100), ("lags", 64), ("dice", 1000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    size = [chosen.integers, chosen.symbols, chosen.lags]
    if chosen.measure:
        print(json.dumps(measured(*size)))
        return
    flags = zip(("--integers", "--symbols", "--lags"), map(str, size), strict=True)
    command = [sys.executable, __file__, "--measure", *(part for pair in flags for part in pair)]
    result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    print(
        f"{size[0]:,} integers of {size[1]} symbols, {size[2]} lags: {result['wall_s']:.1f} s"
        f" ({result['processor_s']:.1f} s of the processor), {result['memory_mb']:.0f} MB"
    )
    print(result["verdict"])
    compared()
    alarms(chosen.dice, 60, 8, 199)
    alarms(chosen.dice, 1000, 64, 4)


if __name__ == "__main__":
    main()
