"""Several columns that are read together: their draws and windows, what a layer reads of them,
which of them are predicted, each column's accuracy, and rows of one's own there and back.
"""

import json
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echoscope import (
    EchoscopeError,
    Experiment,
    Store,
    Stream,
    Training,
    demand,
    evaluate,
    predict,
    preset,
    train,
)
from echoscope.cli import status
from echoscope.column_recodings import ColumnRecodings
from echoscope.evaluation.network import network_of
from echoscope.experiment.baselines import COPY_LAST, MAP_LAST, MEMORYLESS, chance, measured
from echoscope.experiment.fields import PLACES
from echoscope.experiment.held_out import held_out
from echoscope.experiment.user_data import UserData, hash_of
from echoscope.integers import GAP
from echoscope.models.base import OneHot, Sizes, affine
from echoscope.models.encoders import encoded, init, width
from echoscope.reading import Columns, read
from echoscope.reading.recode import recode
from echoscope.recoding import Recoding
from echoscope.runs.run import Run
from echoscope.studies.axis import values_of
from echoscope.tasks.columns import integers_of
from echoscope.tasks.echo import Echo
from echoscope.training.batches import batch_plan, framed

CASES = Path(__file__).parent / "cases"
SIZES = (4, 3)


def small(**changes: Any) -> Experiment:
    """Two columns, a small network, few steps."""
    usual = {"columns": SIZES, "window": 3, "units": 12, "batch_size": 8, "epochs": 4}
    return preset("lag", fit="quick", **(usual | changes))


def drawn_for(experiment: Experiment, seed: int = 0) -> np.ndarray:
    """A draw of the experiment's shape, each column of its own symbols, with gaps if it has any."""
    rng, shape = np.random.default_rng(seed), batch_plan(experiment).shape
    columns = [rng.integers(0, size, shape[:2]) for size in experiment.echo.columns or ()]
    drawn = np.stack(columns, axis=-1)
    lost = rng.random(drawn.shape) < (0.2 if experiment.task.gappy else 0)
    return np.where(lost, GAP, drawn)


@settings(deadline=None, max_examples=60)
@given(
    lag=st.lists(st.integers(-1, 4), min_size=1, max_size=3, unique=True),
    readout=st.sampled_from(["last", "all"]),
    gaps=st.sampled_from(["none", "masked", "marked", "dropped"]),
    sampling=st.sampled_from(["windows", "sequence"]),
    chosen=st.sampled_from([None, (2,), (2, 1)]),
    seed=st.integers(0, 99),
)
def test_every_target_is_the_integer_of_its_own_column(
    lag: list[int],
    readout: str,
    gaps: str,
    sampling: str,
    chosen: tuple[int, ...] | None,
    seed: int,
) -> None:
    """Counted one by one: inputs are the rows of the window, targets those of the lag."""
    gap = {} if gaps == "none" else {"gaps": gaps, "missing": 0.2}
    settings_here = {"lag": tuple(lag), "readout": readout, "target_columns": chosen} | gap
    experiment = small(window=5, length=16, sampling=sampling, **settings_here)
    task, plan = experiment.echo, batch_plan(experiment)
    drawn = drawn_for(experiment, seed)
    batch = framed(drawn, plan, xp=np)
    flat = drawn.reshape(-1, 2)
    columns = [0, 1] if chosen is None else [number - 1 for number in chosen]
    for update, row in np.ndindex(batch.inputs.shape[:2]):
        places = plan.inputs[update, row]
        window, whole = flat[places], True
        wanted: list[int] = []
        for step in range(5) if readout == "all" else [4]:
            for back in lag:
                for column in columns:
                    inside = readout == "last" or 0 <= step - back < 5
                    wanted.append(int(flat[places[step] - back, column]) if inside else GAP)
                    whole &= not inside or wanted[-1] != GAP
        if gaps == "dropped" and not (whole and (window != GAP).all()):
            assert not batch.mask[update, row].any()
            continue
        mark = task.vocab_size if gaps == "marked" else GAP
        assert (batch.inputs[update, row] == np.where(window == GAP, mark, window)).all()
        assert batch.mask[update, row].tolist() == [value != GAP for value in wanted]
        got = np.where(batch.mask[update, row], batch.target[update, row], GAP)
        assert got.tolist() == wanted


def test_what_a_layer_reads_is_the_columns_one_hot_vectors_side_by_side() -> None:
    """The sum of gathered rows is the product; a gap in one column is zeros there."""
    sizes = Sizes(4, 6, 1, 3, columns=SIZES, predicted=(0, 1))
    symbols = np.array([[[3, 2], [GAP, 1]], [[0, GAP], [GAP, GAP]]])
    inputs = encoded({}, jnp.asarray(symbols), sizes)
    assert isinstance(inputs, OneHot)
    assert inputs.shape == (2, 2, 8)
    assert width(sizes) == 8
    vectors = np.concatenate(
        [(symbols[..., [column]] == np.arange(4)).astype(float) for column in (0, 1)], axis=-1
    )
    assert np.array_equal(inputs.vectors(), vectors)
    rng = np.random.default_rng(0)
    kernel, bias = (jnp.asarray(rng.normal(size=size)) for size in ((8, 6), 6))
    assert np.allclose(affine(inputs, kernel, bias), vectors @ kernel + bias, atol=1e-6)
    moved = inputs.from_place(jnp.array([0, 8]))
    window = jnp.asarray(rng.normal(size=(16, 6)))
    expected = np.stack([vectors[0] @ window[:8], vectors[1] @ window[8:]])
    assert np.allclose(moved.times(window), expected, atol=1e-6)


def test_each_column_has_a_table_of_its_own_to_be_embedded_by() -> None:
    """Side by side, zeros where one is missing."""
    sizes = Sizes(4, 5, 1, 3, "embedding", columns=SIZES, predicted=(0, 1))
    weights = init(np.random.default_rng(0), sizes)
    table = weights["encoder.embedding"]
    assert table.shape == (8, 5)
    assert width(sizes) == 10
    read_as = encoded(weights, jnp.array([[[3, 2], [GAP, 1]]]), sizes)
    assert np.allclose(read_as[0, 0], np.concatenate([table[3], table[4 + 2]]))
    assert np.allclose(read_as[0, 1], np.concatenate([np.zeros(5), table[4 + 1]]))


@pytest.fixture(scope="module")
def trained() -> tuple[Run, dict[str, np.ndarray]]:
    """An echo of both columns, one step back."""
    return train(small(epochs=400, learning_rate=0.03), progress=False)


def test_rows_of_integers_are_echoed(trained: tuple[Run, dict[str, np.ndarray]]) -> None:
    """Both columns, to the end; their accuracies are said one by one, and add up."""
    run, _ = trained
    assert run.accuracy is not None
    assert run.accuracy > 0.99
    assert run.chance == (1 / 4 + 1 / 3) / 2
    assert [row[0] for row in run.by_column] == [1, 2]
    assert run.by_target == ()
    counts = [row[1] for row in run.by_column]
    mean = sum(row[1] * row[2] for row in run.by_column) / sum(counts)
    assert counts[0] == counts[1]
    assert mean == pytest.approx(run.accuracy, abs=1e-6)
    assert np.shape(run.inputs)[1:] == (3, 2)
    assert np.shape(run.targets)[1:] == (2,)
    for window, target in zip(run.inputs, run.targets, strict=True):
        assert isinstance(window, list)
        assert window[1] == target
    assert Run.from_json(json.loads(json.dumps(run.to_json()))) == run


def test_a_symbol_that_a_column_does_not_have_is_never_predicted() -> None:
    """Not even by a network that has learned nothing; probabilities add up to one without it."""
    run, weights = train(small(epochs=1, columns=(2, 7), window=2, lag=0), progress=False)
    sequence = np.random.default_rng(1).integers(0, 2, (400, 2))
    result = predict(run.experiment, weights, sequence, top=2)
    assert result.predictions[:, 0].max() <= 1 < result.predictions[:, 1].max()
    assert np.allclose(result.probability[:, 0].sum(axis=-1), 1, atol=1e-5)
    with pytest.raises(EchoscopeError, match="top must be an integer from 0 to 2, not 3"):
        predict(run.experiment, weights, sequence, top=3)


@pytest.mark.parametrize(
    "changes",
    [
        {"lag": (1, 0)},
        {"missing": 0.2, "gaps": "marked", "edges": "padded"},
        {"missing": 0.2, "readout": "all", "target_columns": (2,)},
        {"fit": "tutorial", "length": 12, "batch_size": 2},
    ],
)
def test_a_stream_says_what_a_prediction_says(changes: dict[str, Any]) -> None:
    """Row by row, in every use of the state."""
    fit = changes.pop("fit", "quick")
    experiment = preset(
        "lag", fit=fit, **({"columns": SIZES, "window": 3, "units": 6, "epochs": 2} | changes)
    )
    run, weights = train(experiment, progress=False)
    sequence = np.random.default_rng(2).integers(0, SIZES, (40, 2))
    if experiment.task.gappy:
        sequence[::7, 0] = sequence[5, :] = GAP
    whole = predict(run.experiment, weights, sequence)
    stream = Stream(run.experiment, weights)
    said = [stream.forward([None if part == GAP else part for part in row]) for row in sequence]
    heads = experiment.task.heads
    last = whole.predictions[:, -heads:].tolist()
    assert [list(part.predictions) for part in said[-len(last) :]] == last
    assert said[5].inputs == tuple(None if part == GAP else part for part in sequence[5].tolist())
    windows = np.lib.stride_tricks.sliding_window_view(sequence, 3, axis=0)
    assert np.array_equal(whole.inputs[-38:], np.moveaxis(windows, -1, 1)[-38:])
    right = (whole.predictions == whole.targets)[whole.mask]
    if experiment.task.readout == "last":
        assert whole.accuracy is not None
        assert whole.accuracy.value == pytest.approx(right.mean())
    scored = evaluate(run.experiment, weights, integers=1000, seed=1)
    assert 0 < scored.accuracy.target_count <= 1000 * heads


def rows(count: int = 600) -> np.ndarray:
    """Two columns: one at random, and one that follows the first by two steps."""
    first = np.random.default_rng(3).integers(0, 4, count)
    return np.stack([first, np.roll(first, 2) % 3], axis=1)


def test_chance_is_counted_column_by_column() -> None:
    """What the commonest symbol, a copy and a map of each column's own last symbol say."""
    experiment = small(lag=-1)
    data = UserData.of(experiment, rows())
    held = held_out(experiment, data)
    begin = 480
    known = data.integers[:begin]
    right: dict[str, list[bool]] = {MEMORYLESS: [], COPY_LAST: [], MAP_LAST: []}
    for start in held.starts.tolist():
        for column in (0, 1):
            now, target = data.integers[start + 2, column], data.integers[start + 3, column]
            after = known[1:, column][known[:-1, column] == now]
            says = {
                MEMORYLESS: np.bincount(known[:, column]).argmax(),
                COPY_LAST: now,
                MAP_LAST: np.bincount(after).argmax(),
            }
            for rule, hits in right.items():
                hits.append(bool(says[rule] == target))
    rules = chance(experiment, data).rules
    for rule, hits in right.items():
        assert rules[rule].value == pytest.approx(np.mean(hits)), rule
    echo = measured(small(lag=0).task)
    assert echo.memoryless == echo.oracle == 1.0
    assert echo.target_count >= 10_000


def test_user_data_of_several_columns_are_held_out_and_predicted_by_rows() -> None:
    """The second column is known from the first, two rows before."""
    experiment = small(lag=-1, target_columns=(2,), epochs=300, learning_rate=0.03)
    run, weights = train(experiment, data=rows(), progress=False)
    assert run.accuracy is not None
    assert run.accuracy > 0.99
    assert run.chance < 0.6
    result = predict(run.experiment, weights, rows(), data=rows())
    assert result.trained_on.sum() == 480
    assert result.correct.mean() > 0.99
    elsewhere = predict(run.experiment, weights, rows()[100:300], data=rows())
    assert not elsewhere.trained_on.any()  # so few different windows prove nothing
    again = UserData.of(run.experiment, rows())
    assert again.name == run.experiment.data == hash_of(rows())
    assert hash_of(rows()) != hash_of(rows().ravel())


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ([1, 2, 3], r"needs integers \[time, 2\], not shape \(3,\)"),
        (np.zeros((5, 3), int), r"needs integers \[time, 2\], not shape \(5, 3\)"),
        ([[1, 2], [3]], r"needs integers \[time, 2\]"),
        ([[1, 2], [4, 0]], "row 2, column 1, is 4, outside 0 to 3"),
        ([[1, 2], [0, None]], "row 2, column 2, is blank, and the task has no gaps"),
        ([[1, 2], [0, "x"]], "row 2, column 2, is 'x'"),
        (7, r"needs integers \[time, 2\]"),
    ],
)
def test_rows_that_do_not_fit_are_refused(raw: object, sentence: str) -> None:
    """By the row and the column of the first that does not."""
    with pytest.raises(EchoscopeError, match=sentence):
        integers_of(Echo(columns=SIZES), raw)


def test_rows_of_any_kind_are_read() -> None:
    """Lists, frames, masked arrays, texts."""
    task = Echo(columns=SIZES, missing=0.1)
    expected = [[3, 2], [0, GAP]]
    frame = pandas.DataFrame({"a": [3, 0], "b": [2, None]})
    masked = np.ma.MaskedArray([[3, 2], [0, 1]], [[False, False], [False, True]])
    for raw in (expected, [(3, "2"), ("0", None)], frame, masked):
        assert integers_of(task, raw).tolist() == expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"columns": (10,)}, "columns must say the symbols of 2 to 100 columns"),
        ({"columns": "10,4"}, "columns must say the symbols of 2 to 100 columns"),
        ({"columns": (10, 1)}, "columns must be an integer from 2"),
        ({"columns": SIZES, "vocab_size": 9}, "vocab_size 9 is not what columns say"),
        ({"target_columns": (1,)}, "target_columns chooses among several columns"),
        ({"columns": SIZES, "target_columns": (3,)}, "target_columns must be an integer from 1 to"),
        ({"columns": SIZES, "target_columns": (2, 2)}, "must name each column once"),
        ({"columns": SIZES, "encoding": "bits"}, "encoding bits reads and predicts one integer"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    changes: dict[str, Any], sentence: str
) -> None:
    """In a sentence that says what to do."""
    with pytest.raises(EchoscopeError, match=sentence):
        preset("lag", **changes)


def test_columns_are_settings_as_all_others_are(tmp_path: Path) -> None:
    """Said with + in a study, kept in a store, found again, of an identity of their own."""
    assert values_of("columns", "4+3,5+5,none") == ((4, 3), (5, 5), None)
    assert preset("lag", columns=SIZES, target_columns=(1, 2)) == preset("lag", columns=SIZES)
    experiment = preset("lag", columns=SIZES, target_columns=(2,))
    assert experiment.task.vocab_size == 4
    assert experiment.id != preset("lag", vocab_size=4).id
    assert Experiment.from_json(json.loads(json.dumps(experiment.to_json()))) == experiment
    assert demand(experiment.task, experiment.training).bits == pytest.approx(np.log2(3))
    both = demand(preset("lag", columns=SIZES).task, experiment.training)
    assert both.held == 2
    assert both.bits == pytest.approx(np.log2(12))
    outcome = next(iter([*Training([experiment.change(epochs=1)])]))
    assert outcome.epoch == 1
    run, weights = train(experiment.change(epochs=1, units=3), progress=False)
    store = Store(tmp_path)
    store.add(run, weights)
    assert store.find(run.id).experiment == run.experiment
    (row,) = store.rows("columns = '4,3' AND target_columns = 2")
    assert [row.settings[PLACES[name]] for name in ("columns", "target_columns")] == [SIZES, (2,)]


def test_several_columns_of_a_file_are_read_together() -> None:
    """By names, numbers, a range of them, or all; each column has values of its own."""
    lottery = str(CASES / "lottery.csv")
    for columns in (["A", "B", "C"], ["3..5"], [3, "4..5"]):
        table = read(lottery, columns)
        assert isinstance(table, Columns)
        assert table.names == ("A", "B", "C")
        assert len(table) == 60
    data = recode(table)
    assert data.integers.shape == (60, 3)
    assert data.columns == (8, 8, 8)
    assert isinstance(data.recoding, ColumnRecodings)
    first = [data.recoding.of(place).value(symbol) for place, symbol in enumerate(data.integers[0])]
    assert first == [1, 12, 23]
    assert len(read(lottery, "all").columns) == 9
    hot = recode(read(str(CASES / "onehot.npy"), "all"))
    assert hot.integers.shape[1] == 100
    assert hot.integers.sum() == len(hot)
    frame = pandas.DataFrame({"day": [1, 2, 4], "event": ["view", None, "login"]})
    mixed = recode(read(frame, "all"), bins=2)
    assert mixed.integers.tolist() == [[0, 1], [0, GAP], [1, 0]]
    again = UserData(mixed.integers, ColumnRecodings.from_json(mixed.recoding.to_json()))
    assert again.name == mixed.name
    assert again.recoding == mixed.recoding


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["A", "A"], "column A, is named twice"),
        (["A", "3"], "column A, is named twice"),
        (["A", "nine"], "has no column 'nine'"),
        (["8..10"], "has 9 columns, and none of number 10"),
    ],
)
def test_columns_that_are_not_there_are_refused(columns: list[str], sentence: str) -> None:
    """By their names."""
    with pytest.raises(EchoscopeError, match=sentence):
        read(str(CASES / "lottery.csv"), columns)


@pytest.fixture
def log(tmp_path: Path) -> str:
    """A file of two columns, of names and of numbers with a gap, and one that nobody asks for."""
    names = ("idle now", "open", "shut", "wait")
    lines = [f"{names[a]},{b / 2 if at != 3 else ''},7" for at, (a, b) in enumerate(rows(300))]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["state,level,unit", *lines]) + "\n")
    return str(path)


def test_rows_of_ones_own_go_in_and_come_out_in_their_own_words(
    log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trained, shown, predicted, streamed, evaluated and refused by command."""
    store = ["--store", str(tmp_path / "echoes")]
    chosen = ["--file", log, "--column", "state", "--column", "level"]
    run = ["run", "lag", "--fit", "quick", "--window", "3", "--lag", "-1", "--units", "8"]
    assert status([*run, *chosen, "--missing", "0", *store]) == 2
    assert "row 5 of" in (error := capsys.readouterr().err)
    assert "column level, is missing" in error
    more = ["--epochs", "60", "--target-columns", "level"]
    assert status([*run, *chosen, *more, *store]) == 0
    page = capsys.readouterr().out
    assert "'idle now'/" in page
    assert "Recoded, symbols 0 to 3: state: 4 names: idle now" in page
    assert "columns state and level" in page
    assert "of the predicted column" in page
    kept = Store(tmp_path / "echoes")
    (there,) = kept.runs()
    assert there.source.endswith("log.csv, columns state and level")
    assert there.experiment.task.target_columns == (2,)
    assert kept.data(there).integers.shape == (300, 2)
    assert status(["predict", "open", "0.5", "idle now", "1", "shut", "-", "--json", *store]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["inputs"] == [[["open", 0.5], ["idle now", 1], ["shut", None]]]
    assert document["predictions"][0] in (0, 0.5, 1)
    assert status(["predict", "--file", log, "--top", "2", *store]) == 0
    assert "held-out targets right" in capsys.readouterr().out
    lines = iter(["idle now,0.5\n", "open 1\n", "wait,-\n", "open\n", "ajar,1\n", ""])
    monkeypatch.setattr("sys.stdin", type("Lines", (), {"readline": lambda _: next(lines)})())
    assert status(["stream", *store]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[:2] == ["-", "-"]
    assert out[2] in ("0", "0.5", "1")
    assert out[3].startswith("error: line 4 has 1 value, and a time step has 2")
    assert "'ajar', which is none of the values" in out[4]
    assert status(["evaluate", *store]) == 0
    assert status(["confusion", *store]) == 0
    assert status(["summary", *store]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["predict", "open", "0.5", "shut"], "A time step has 2 values (state and level)"),
        (["predict", "--column", "state", "--file", "LOG"], "The network reads 2 columns together"),
        (["forecast", "--file", "LOG"], "A forecast goes on with one column"),
        (["generate", "open", "0.5"], "of one column"),
        (["inspect", "LOG", "--column", "state", "--column", "unit"], "name one with --column"),
        (["run", "lag", "--vocab-size", "9", "FILE"], "is said of one column"),
        (["run", "lag", "--target-columns", "unit", "FILE"], "target_columns names 'unit'"),
    ],
)
def test_what_several_columns_cannot_do_is_said(
    arguments: list[str],
    sentence: str,
    log: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In one sentence."""
    experiment = small(lag=-1, missing=0.1, target_columns=(2,), epochs=1)
    data = recode(read(log, ["state", "level"]))
    run, weights = train(experiment, data=data, progress=False)
    Store(tmp_path).add(run, weights, data)
    file = ["--file", log, "--column", "state", "--column", "level"]
    typed = [part for each in arguments for part in (file if each == "FILE" else [each])]
    typed = [log if each == "LOG" else each for each in typed]
    where = [] if arguments[0] == "inspect" else ["--store", str(tmp_path)]
    assert status([*typed, *where]) == 2
    assert sentence in capsys.readouterr().err


def test_a_network_is_the_same_whatever_its_columns_are_called() -> None:
    """A recoding of columns names the data, and changes nothing that is learned."""
    plain = ColumnRecodings(("a", "b"), (Recoding((0, 1, 2, 3)), Recoding((0, 1, 2))))
    other = ColumnRecodings(("a", "b"), (Recoding((5, 6, 7, 8)), Recoding((0, 1, 2))))
    named = [UserData(rows(), recoding) for recoding in (plain, other)]
    assert named[0].name != named[1].name
    assert named[0].name.startswith(hash_of(rows()))
    first = [train(small(epochs=2), data=data, progress=False)[1] for data in named]
    assert all(np.array_equal(first[0][key], first[1][key]) for key in first[0])
    assert network_of(small(), first[0], "predict").setup.sizes.columns == SIZES


def test_columns_of_one_name_are_told_apart_by_their_numbers_and_values(tmp_path: Path) -> None:
    """And a text of one row has as many columns as any other."""
    twice, single = tmp_path / "twice.csv", tmp_path / "single.csv"
    twice.write_text("a,a\n" + "".join(f"{at % 3},{at % 4}\n" for at in range(12)))
    single.write_text("1,2\n")
    table = read(str(twice), ["1", "2"], header=True)
    assert [part.value(3) for part in table.columns] == [0, 3]
    one = read(str(single), ["1", "2"])
    assert [part.value(0) for part in one.columns] == [1, 2]
    with pytest.raises(EchoscopeError, match="No column is named"):
        read(str(twice), [])
    assert "columns a and a, 12 rows" in repr(table)


def test_rows_are_parted_by_a_group_that_is_none_of_the_columns(tmp_path: Path) -> None:
    """Of all columns it is left out; named as a column too, it is refused."""
    path = tmp_path / "cases.csv"
    lines = [f"{at % 3},{at % 2},{'xyz'[at % 3]}" for at in range(12)]
    path.write_text("\n".join(["case,a,b", *lines]) + "\n")
    table = read(str(path), "all", group="case")
    assert (table.names, table.starts.tolist()) == (("a", "b"), [0, 4, 8])
    data = recode(table)
    assert data.integers.shape == (12, 2)
    assert data.starts.tolist() == [0, 4, 8]
    assert repr(data) == "<12 user data of 3 symbols, 2 columns, 3 sequences>"
    for columns in (["case", "a"], "case"):
        with pytest.raises(EchoscopeError, match="column case, says the group and is named as a"):
            read(str(path), columns, group="case")


def test_columns_in_another_order_are_refused(
    log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They would be read as each other."""
    data = recode(read(log, ["state", "level"]))
    run, weights = train(small(lag=-1, missing=0.1, epochs=1), data=data, progress=False)
    Store(tmp_path).add(run, weights, data)
    file = ["--file", log, "--store", str(tmp_path)]
    assert status(["predict", *file, "--column", "level", "--column", "state"]) == 2
    assert "reads its columns as state and level, and they are" in capsys.readouterr().err
    assert status(["predict", *file, "--column", "state", "--column", "level"]) == 0
