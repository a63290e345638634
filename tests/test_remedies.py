"""Whoever follows the sentence of a refusal is not refused again: every remedy of
`test_refusals.ROWS` is applied.

What a sentence says to type is read from it: a likely name, the values there are, settings to use
or to leave out, a command. What it leaves to the reader ("use a longer length") stands in REMEDIES,
a command for each way out.
"""

import itertools
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

import echoscope
from echoscope.cli import status
from test_refusals import ROWS, SEVERAL, store

__all__ = ["store"]

FIELDS = {
    name: field
    for kind in (echoscope.Echo, echoscope.Experiment, echoscope.TrainingConfig)
    for name, field in kind.fields().items()
}
SENTENCES = dict(ROWS)
# a network that is trained for a moment, in a store of its own
MORE = "--units 4 --epochs 1 --store {tmp}"
LAG256 = f"run lag --fit quick --vocab-size 256 {MORE}/more"
GAPPY = f"run lag --fit quick --vocab-size 10 --missing 0.1 {MORE}/gappy"

# the command that was refused: commands for the ways out that its sentence leaves open; "; " where
# one follows another
REMEDIES: dict[str, list[str]] = {
    "run lag --vocab-size 1": ["run lag --vocab-size 2"],
    "run lag --vocab-size ten": ["run lag --vocab-size 10", "run lag --vocab-size 1000000"],
    "run lag --vocab-size 2000000": ["run lag --vocab-size 1000000"],
    "run lag --length 0": ["run current --length 1"],
    "run lag --length 4": ["run lag --length 5 --batch-size 1"],
    "run whole --length 1 --lag -1 --edges padded --batch-size 1": [
        "run whole --length 2 --lag -1 --edges padded --batch-size 1"
    ],
    "run lag --window 0": ["run lag --window 1"],
    "run lag --window 2.5": ["run lag --window 3"],
    "run lag --window 26": ["run lag --window 26 --length 26 --batch-size 1"],
    "run lag --window none": ["run lag --window 5"],
    "run lag --stateful kept": ["run lag --stateful true"],
    "run lag --bidirectional back": ["run lag --bidirectional false"],
    "run whole --model mlp --stateful false": ["run whole --model gru --stateful false"],
    "run partial --readout all --lag 0": ["run partial --readout all --lag 0 --model lstm"],
    "run lag --lag -2000000": ["run lag --lag -5 --batch-size 1"],
    "run lag --lag x": ["run lag --lag 0"],
    "run lag --lag 3,3 --model encoder-decoder": ["run lag --lag 3,2 --model encoder-decoder"],
    "run lag --lag -21": ["run lag --lag -21 --length 30"],
    "run whole --lag -5": ["run whole --lag -4", "run whole --lag -5 --window 6"],
    "run lag --missing 1": ["run lag --missing 0", "run lag --missing 0.99"],
    "run lag --missing some": ["run lag --missing 0.5"],
    "run lag --gaps marked": [
        "run lag --gaps marked --missing 0.1",
        "run lag --gaps marked --edges padded",
    ],
    "run lag --gaps dropped --missing 0.7": ["run lag --gaps dropped --missing 0.5"],
    "run lag --lag 30": ["run lag --lag 30 --length 40"],
    "run whole --lag 5": ["run whole --lag 4", "run whole --lag 5 --window 6"],
    "run lag --layers 0": ["run lag --layers 1", "run lag --layers 16"],
    "run lag --sampling stream --lag 6": ["run lag --sampling stream --lag 6 --window 6"],
    "run lag --sampling stream --edges padded": ["run lag --sampling stream"],
    "run whole --sampling stream --window none": ["run whole --sampling stream"],
    "run lag --units 0": ["run lag --units 1", "run lag --units 100000"],
    "run lag --seed -1": ["run lag --seed 0"],
    "run lag --seed 4294967296": ["run lag --seed 4294967295"],
    "run lag --batch-size 30": ["run lag --batch-size 21", "run lag --batch-size 30 --length 34"],
    "run lag --batch-size none": ["run lag --batch-size 1"],
    "run lag --learning-rate 0": [
        "run lag --learning-rate 10",
        "run lag --learning-rate 1e-9",
    ],
    "run lag --learning-rate nan": ["run lag --learning-rate 0.1"],
    "run lag --learning-rate inf": ["run lag --learning-rate 10"],
    "run lag --epochs 1e3": ["run lag --epochs 1000", "run lag --epochs 1000000000"],
    "run lag --target-accuracy 1.5": ["run lag --target-accuracy 1"],
    "evaluate --integers 5": ["evaluate --integers 1000"],
    "evaluate --seed x": ["evaluate --integers 1000 --seed 4294967295"],
    "run lag --seeds 0": [f"run lag --fit quick --vocab-size 256 --seeds 1 {MORE}/more"],
    "run lag --unit 3": ["explain lag --units 3"],
    "run lag 3": ["run lag"],
    "explain lag --units": ["explain lag --units 50"],
    "rn lag": ["run lag"],
    "train lag": ["run lag"],
    "predict 1 2 3": ["predict 1 2 3 4 5"],
    "predict 1": ["predict 1 2 3 4 5"],
    "predict 1 2 x 4 5": ["predict 1 2 0 4 5", "predict 1 2 9 4 5"],
    "predict 1 2 3 4 10": ["predict 1 2 3 4 9", LAG256 + "; predict 1 2 3 4 10 --store {tmp}/more"],
    "predict -3 1 2 3 4": ["predict 3 1 2 3 4"],
    "predict 1.5 2 3 4 5": ["predict 1 2 3 4 5"],
    "predict 1 2 3 4 -- --x": ["predict 1 2 3 4 -- 5"],
    "predict +-5 3 4 1 2": ["predict 5 3 4 1 2"],
    "predict 1_0 2 3 4 5": ["predict 0 2 3 4 5"],
    "predict ٣ 2 3 4 5": ["predict 3 2 3 4 5"],
    "predict -1 2 3 4 5": ["predict 1 2 3 4 5", GAPPY + "; predict -1 2 3 4 5 --store {tmp}/gappy"],
    "predict 1000000 2 3 4 5": ["predict 0 2 3 4 5"],
    "predict --rnu 1": ["predict 1 2 3 4 5 --run {run}"],
    "predict 1 2 3 4 5 --rows 0": ["predict 1 2 3 4 5 --rows 1"],
    "predict 1 2 --text {tmp}/bytes": [
        "predict 1 2 3 4 5",
        LAG256 + "; predict --text {tmp}/text --store {tmp}/more",
    ],
    "predict --column n": ["predict --column n --file {tmp}/good.csv"],
    "predict --file {tmp}/none.csv": ["predict --file {tmp}/good.csv"],
    "predict --file {tmp}": ["predict --file {tmp}/good.csv"],
    "predict --file {tmp}/two.csv": ["predict --file {tmp}/two.csv --column day"],
    "predict --file {tmp}/two.csv --column m": ["predict --file {tmp}/two.csv --column day"],
    "predict --file {tmp}/two.csv --column n": [
        "predict --file {tmp}/good.csv",
        GAPPY + "; predict --file {tmp}/two.csv --column n --store {tmp}/gappy",
    ],
    "predict --file {tmp}/short.csv --column n": [
        "predict --file {tmp}/good.csv --column n",
        "run lag --fit quick --epochs 2 --units 4 --file {tmp}/halves.csv --store {tmp}/halves;"
        " predict --file {tmp}/halves.csv --column n --store {tmp}/halves",
    ],
    "predict --file {tmp}/empty.csv": ["predict --file {tmp}/good.csv"],
    "predict --file {tmp}/bytes": [LAG256 + "; predict --text {tmp}/bytes --store {tmp}/more"],
    "predict --text {tmp}/letters": [LAG256 + "; predict --text {tmp}/letters --store {tmp}/more"],
    "predict --text {tmp}/none": [LAG256 + "; predict --text {tmp}/letters --store {tmp}/more"],
    "predict --file {tmp}/none.npy": ["predict --file {tmp}/good.npy"],
    "predict --file {tmp}/letters.npy": ["predict --file {tmp}/good.npy"],
    "predict --file {tmp}/square.npy": ["predict --file {tmp}/wide.npy --column 2"],
    "predict --file {tmp}/line.npy --column n": ["predict --file {tmp}/good.npy"],
    "predict --file {tmp}/line.npy": [
        "predict --file {tmp}/good.npy",
        LAG256 + "; predict --file {tmp}/twelve.npy --store {tmp}/more",
    ],
    "predict --file {tmp}/none.parquet": ["predict --file {tmp}/good.parquet"],
    "predict --file {tmp}/letters.parquet": ["predict --file {tmp}/good.parquet"],
    "predict --file {tmp}/two.parquet": ["predict --file {tmp}/two.parquet --column day"],
    "predict --file {tmp}/two.parquet --column m": [
        "predict --file {tmp}/two.parquet --column day"
    ],
    "predict --file {tmp}/two.parquet --column n": [
        "predict --file {tmp}/good.parquet",
        GAPPY + "; predict --file {tmp}/two.parquet --column n --store {tmp}/gappy",
    ],
    "predict 1 2 3 4 5 --top 11": ["predict 1 2 3 4 5 --top 0", "predict 1 2 3 4 5 --top 10"],
    "predict 1 2 - 4 5": ["predict 1 2 3 4 5", GAPPY + "; predict 1 2 - 4 5 --store {tmp}/gappy"],
    "run lag --column n": [
        "explain lag --column n --length 5 --batch-size 1 --file {tmp}/good.csv"
    ],
    "run lag --file {tmp}/two.csv --text {tmp}/letters": [
        "explain lag --text {tmp}/text",
        "explain lag --length 5 --batch-size 1 --file {tmp}/good.csv",
    ],
    "run lag --file {tmp}/line.npy": [
        "explain lag --file {tmp}/long.npy",
        "explain lag --file {tmp}/good.npy --length 6 --batch-size 1",
    ],
    "run lag --fit quick --file {tmp}/line.npy": [
        "explain lag --fit quick --file {tmp}/long.npy",
        "explain lag --fit quick --file {tmp}/twelve.npy --window 2",
    ],
    "run lag --file {tmp}/runs.csv --column n --separator 9": [
        "run lag --fit quick --window 3 --file {tmp}/runs.csv --column n --separator 0"
    ],
    "run lag --file {tmp}/runs.csv --column n --group days": [
        "run lag --fit quick --file {tmp}/runs.csv --column n --group day"
    ],
    "run lag --file {tmp}/runs.csv --column n --group day --separator -1": [
        "run lag --fit quick --file {tmp}/runs.csv --column n --group day",
        "run lag --fit quick --window 3 --file {tmp}/runs.csv --column n --separator 0",
    ],
    "run lag --file {tmp}/runs.csv --column n --group day": [
        "run lag --length 6 --batch-size 1 --file {tmp}/runs.csv --column n --group day",
        "run lag --file {tmp}/days.csv --column n --group day",
    ],
    "run lag --fit quick --window 7 --file {tmp}/runs.csv --column n --group day": [
        "run lag --fit quick --window 6 --file {tmp}/runs.csv --column n --group day",
        "run lag --fit quick --window 7 --file {tmp}/days.csv --column n --group day",
    ],
    "run lag --file {tmp}/line.npy --vocab-size 5": [
        "explain lag --file {tmp}/long.npy --vocab-size 8",
        "explain lag --file {tmp}/long.npy",
    ],
    "run lag --sampling stream --text {tmp}/letters": [
        "explain lag --sampling sequence --text {tmp}/text",
        "explain lag --sampling windows --stateful false --text {tmp}/text",
    ],
    "generate 1 2 3": ["generate 1 2 3 4 5"],
    "generate 1 2 3 4 x": ["generate 1 2 3 4 9"],
    "generate 1 2 3 4 5 --steps 0": ["generate 1 2 3 4 5 --steps 1"],
    "generate 1 2 3 4 5 --seps 3": ["generate 1 2 3 4 5 --steps 3"],
    "confusion --integers 5": ["confusion --integers 1000"],
    "show zz": ["show {run}"],
    "predict 1 2 3 4 5 --run zz": ["predict 1 2 3 4 5 --run {run}"],
    "show --store {tmp}/two.csv": ["show --store {store}"],
    "runs --where units>": ["runs --where 'units >= 32 and accuracy > 0.9'"],
    "runs --limit 0": ["runs --limit 1"],
    "runs --export {tmp}/nowhere/a.csv": ["runs --export {tmp}/a.csv"],
    "runs --export {tmp}/nowhere/a.parquet": ["runs --export {tmp}/a.parquet"],
    "merge {tmp}/nowhere": ["merge {store} --store {tmp}/joined"],
    "merge {tmp}/two.csv": ["merge {store} --store {tmp}/joined"],
    "show --figure {tmp}/nowhere/a.svg": ["show --figure {tmp}/a.svg"],
}


def read_from(command: str, sentence: str) -> list[str]:
    """The commands that the sentence itself says."""
    text = re.search(
        r"did you mean echoscope ([^?]+)\?|(?:as in|make one with|see) echoscope ([^,]+)\.$",
        sentence,
    )
    if text:
        typed, rest = text[1] or text[2], command.split()[1:]
        return [f"{typed} {' '.join(rest)}" if rest and " " not in typed else typed]
    start, _, end = sentence.rpartition(": ")
    bad = re.search(r"'([^']+)'", start)
    likely = re.fullmatch(r"did you mean '(.+)'\?", end)
    if likely and bad:
        wrong = bad[1] if bad[1] in command.split() else re.split(r"\W", bad[1])[0]
        return [command.replace(wrong, likely[1])]
    values = re.fullmatch(r"use ([\w.-]+(?:, [\w.-]+)*(?: or [\w.-]+)?)\.", end)
    if values and bad:
        wrong = Path(bad[1]).suffix if "." in bad[1] else bad[1]
        return [command.replace(wrong, value) for value in re.split(", | or ", values[1])]
    out = re.search(r"leave (\w+) out", end)
    if out and out[1] in FIELDS:
        return [re.sub(rf" --{out[1].replace(chr(95), chr(45))} \S+", "", command)]
    return [changed(command, name, value) for name, value in settings_of(end)]


def choices_of(name: str) -> tuple[str, ...]:
    if not name:
        return ()
    return (
        ("true", "false") if FIELDS[name].type is bool else FIELDS[name].metadata.get("choices", ())
    )


def settings_of(end: str) -> list[tuple[str, str]]:
    """Settings with one of their values, as a sentence offers them: "use sampling sequence or
    windows".
    """
    result: list[tuple[str, str]] = []
    name = ""
    for part, follows in itertools.pairwise([*re.findall(r"[\w-]+", end), ""]):
        name = part if part in FIELDS else name
        choices = choices_of(name)
        if follows in choices and (part in (name, "or")):
            result.append((name, follows))
    return result


def changed(command: str, name: str, value: str) -> str:
    flag = name.replace("_", "-")
    return re.sub(rf" --{flag} \S+", "", command) + f" --{flag} {value}"


def remedies(command: str, sentence: str) -> list[str]:
    return [*read_from(command, sentence), *REMEDIES.get(command, [])]


def cheap(command: str) -> str:
    """Settings are evaluated by `explain` as they are by `run`, without training."""
    if not command.startswith("run ") or MORE in command:
        return command
    return re.sub(r" --store \S+", "", f"explain {command[4:]}")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, store: Path) -> dict[str, str]:
    """A folder with the files of the refusals, and good ones; and a copy of the store."""
    tmp = tmp_path_factory.mktemp("remedies")
    for name in ("store", "other-echoes"):
        shutil.copytree(store, tmp / name)
    (tmp / "two.csv").write_text("day,n\n1,3\n2,4\n3,\n4,5\n5,6\n6,7\n")
    (tmp / "runs.csv").write_text(SEVERAL)
    days = (f"{day},{n % 7}\n" for day in range(3) for n in range(30))
    (tmp / "days.csv").write_text("day,n\n" + "".join(days))
    (tmp / "good.csv").write_text("n\n" + "3\n1\n4\n1\n5\n9\n2\n6\n" * 2)
    (tmp / "halves.csv").write_text("n\n" + "3\n7.5\n4\n" * 9)
    (tmp / "letters").write_text("hello" * 12)
    (tmp / "text").write_text("Whoever reads this says it again, a letter later. " * 4)
    (tmp / "bytes").write_bytes(b"\xff\xfe\xfa\xff\xfe\xfa")
    (tmp / "study.toml").write_text(
        "seeds = 1\n[settings]\nvocab_size = 10\nunits = 4\nepochs = 1\n"
    )
    for name, values in (
        ("good", [3, 1, 4, 1, 5, 9, 2, 6] * 2),
        ("twelve", [7, 12, 3, 1, 4, 1]),
        ("long", [7, 1, 3] * 90),
    ):
        np.save(tmp / f"{name}.npy", np.array(values))
    np.save(tmp / "wide.npy", np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6]]))
    parquet.write_table(pyarrow.table({"n": [3, 1, 4, 1, 5, 9]}), tmp / "good.parquet")
    table = {"day": [1, 2, 3, 4, 5, 6], "n": [3, None, 4, 5, 6, 7]}
    parquet.write_table(pyarrow.table(table), tmp / "two.parquet")
    return {"tmp": str(tmp), "store": str(tmp / "store"), "run": echoscope.Store(store).ids()[0]}


@pytest.mark.parametrize(("command", "sentence"), ROWS, ids=[settings for settings, _ in ROWS])
def test_who_follows_a_refusal_is_not_refused_again(
    command: str,
    sentence: str,
    there: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where what was asked for has two faults, the second sentence is followed too; nobody is led
    in a circle.
    """
    monkeypatch.setenv("ECHOSCOPE_STORE", there["store"])
    monkeypatch.chdir(there["tmp"])

    def refused(item: str) -> str:
        if item not in there:  # nothing is trained twice
            settings = [setting.format(**there) for setting in shlex.split(cheap(item))]
            there[item] = capsys.readouterr().err if status(settings) == 2 else ""
            capsys.readouterr()
        return there[item].removeprefix("echoscope: ").strip()

    ways = remedies(command, sentence)
    assert ways, "no remedy: say one in the sentence, and here the command that follows it"
    for way in ways:
        for item in way.split("; "):
            seen, following = [command], item
            while text := refused(following):
                assert following not in seen, (seen, text)
                seen.append(following)
                further = remedies(following, text)
                assert further, (seen, text)
                following = further[0]


def test_remedies_are_of_refusals_that_there_are() -> None:
    assert set(REMEDIES) <= set(SENTENCES)


def test_a_sentence_that_offers_several_ways_has_a_remedy_for_each() -> None:
    for command, sentence in ROWS:
        start, _, end = sentence.rpartition(": ")
        ways = len(re.split(r",? or |, (?=a .*, or )", end)) if start else 1
        assert len(remedies(command, sentence)) >= ways, command
