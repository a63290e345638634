"""`echoscope export` and `import`: what of a Keras file becomes a run, and what is said of it."""

import io
import json
import os
import sqlite3
import zipfile
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import echoscope
from echoscope.cli import status
from echoscope.store import migrations

os.environ.setdefault("KERAS_BACKEND", "jax")
keras: Any = import_module("keras")  # once its backend is chosen
layers = keras.layers


def network(seed: int = 0) -> Any:
    """A network of the tutorials', which nobody trained."""
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [keras.Input((3, 5)), layers.LSTM(4), layers.Dense(5, activation="softmax")]
    )


def printed(capsys: pytest.CaptureFixture[str], *settings: object) -> tuple[int, str, str]:
    """A command's status and what it printed: to standard output, and of errors."""
    capsys.readouterr()
    code = status(list(map(str, settings)))
    return code, *capsys.readouterr()


def saved(path: Path, last: Any, loss: Any = None, width: int = 5) -> Path:
    """A network whose last layers and loss are given."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3, width)), layers.LSTM(4), *last])
    if loss is not None:
        model.compile(loss=loss)
    model.save(path)
    return path


# Identity


def test_two_networks_of_equal_settings_are_two_runs_and_one_twice_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed, name in ((0, "one"), (1, "other"), (0, "again")):
        network(seed).save(tmp_path / f"{name}.keras")
        code, _, err = printed(
            capsys, "import", tmp_path / f"{name}.keras", "lag", "--store", tmp_path / "store"
        )
        assert (code, err) == (0, "")
    store = echoscope.Store(tmp_path / "store")
    ids = store.ids()
    assert len(ids) == 2
    named = {store.find(identity).experiment.imported for identity in ids}
    assert len(named) == 2
    assert named == set(store.table()["imported"])
    for identity in ids:
        run = store.find(identity)
        assert echoscope.Run.from_json(run.to_json()) == run
        code, out, err = printed(capsys, "show", identity, "--store", tmp_path / "store")
        assert (code, err) == (0, "")
        assert f"imported {run.experiment.imported}" in " ".join(out.split())
    kernels = [store.weights(store.find(identity))["layer1.kernel"] for identity in ids]
    assert not np.array_equal(*kernels)


def test_what_was_not_imported_keeps_its_identity() -> None:
    assert [echoscope.preset(name).id for name in list(echoscope.PRESETS)[:5]] == [
        "ca4df1eb274b",
        "339b7d9c4685",
        "44136fa355b3",
        "be1ad04d7b52",
        "e331b0c6bd09",
    ]
    assert "imported" not in echoscope.preset("lag").changed()


def test_imported_weights_are_not_trained() -> None:
    with pytest.raises(echoscope.SettingError, match="were imported, so no training makes them"):
        echoscope.train(echoscope.preset("lag", imported="0123456789ab"))
    with pytest.raises(
        echoscope.SettingError, match="imported must be none or the 12 hexadecimal digits"
    ):
        echoscope.preset("lag", imported="net.keras")


def test_a_store_from_before_learns_the_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = migrations.MIGRATIONS[:1]
    monkeypatch.setattr("echoscope.store.database.MIGRATIONS", old)
    from echoscope.store.database import writing

    with writing(tmp_path) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    monkeypatch.undo()
    assert echoscope.Store(tmp_path).table()["imported"] == []
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(migrations.MIGRATIONS),)


# What the outputs mean


def test_a_regression_is_not_taken_for_symbols(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = saved(tmp_path / "net.keras", [layers.Dense(5)], "mse")
    store = ("--store", tmp_path / "store")
    code, out, err = printed(capsys, "import", file, "lag", *store)
    assert (code, out) == (2, "")
    assert (
        err == f"echoscope: {file} says 5 numbers without a softmax, and its loss is mse: if the"
        " largest is the symbol said, say so with --encoding one-hot.\n"
    )
    assert not (tmp_path / "store").exists()
    assert printed(capsys, "import", file, "lag", *store, "--encoding", "one-hot")[0] == 0


LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    ("last", "loss"),
    [
        ([layers.Dense(5)], LOGITS),
        ([layers.Dense(5)], [LOGITS]),
        ([layers.Dense(5, activation="softmax")], "mse"),
        ([layers.Dense(5), layers.Softmax()], None),
    ],
)
def test_a_choice_of_a_symbol_is_known_by_its_softmax_or_loss(
    last: Any, loss: Any, tmp_path: Path
) -> None:
    model = echoscope.read_keras(saved(tmp_path / "net.keras", last, loss))
    assert (model.encoding, model.vocab_size) == ("one-hot", 5)


@pytest.mark.parametrize(
    ("loss", "why"),
    [
        (None, "it was saved without a loss"),
        ("sparse_categorical_crossentropy", "its loss is sparse_categorical_crossentropy"),
        (keras.losses.SparseCategoricalCrossentropy(), "its loss is SparseCategoricalCrossentropy"),
        (keras.losses.BinaryCrossentropy(from_logits=True), "its loss is BinaryCrossentropy"),
        (keras.losses.huber, "its loss is huber"),
        ({"dense": "mae"}, "its loss is mae"),
    ],
)
def test_a_file_that_does_not_say_what_its_outputs_mean_asks(
    loss: Any, why: str, tmp_path: Path
) -> None:
    file = saved(tmp_path / "net.keras", [layers.Dense(5, name="dense")], loss)
    with pytest.raises(echoscope.StoreError) as caught:
        echoscope.read_keras(file)
    assert f"says 5 numbers without a softmax, and {why}: if the largest" in str(caught.value)
    assert echoscope.read_keras(file, "one-hot").encoding == "one-hot"


def test_a_scalar_and_bits_are_taken_when_they_are_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ("--store", tmp_path / "store")
    item = saved(tmp_path / "one.keras", [layers.Dense(1)], "mse", width=1)
    three = saved(
        tmp_path / "three.keras",
        [layers.Dense(3, activation="sigmoid")],
        "binary_crossentropy",
        width=3,
    )
    assert printed(capsys, "import", item, "lag", *store)[2].endswith(
        "if they are symbols divided by vocab_size-1, say so with --encoding scalar and"
        " vocab_size.\n"
    )
    assert printed(capsys, "import", three, "lag", *store)[2].endswith(
        "with --encoding bits and vocab_size.\n"
    )
    assert printed(capsys, "import", item, "lag", *store, "--encoding", "scalar")[2].endswith(
        "say so with vocab_size.\n"
    )
    for file, encoding in ((item, "scalar"), (three, "bits")):
        settings = ("--encoding", encoding, "--vocab-size", 7)
        code, out, _ = printed(capsys, "import", file, "lag", *store, *settings)
        assert (code, f"encoding {encoding}" in out, "vocab_size 7" in " ".join(out.split())) == (
            0,
            True,
            True,
        )
    assert (
        printed(capsys, "import", three, "lag", *store, "--encoding", "bits", "--vocab-size", 20)[2]
        == f"echoscope: encoding bits of 20 symbols reads and says 5 numbers, and {three} has 3 and"
        " 3: leave encoding out.\n"
    )


# The file's settings and the preset's


def test_a_file_and_a_preset_that_answer_at_other_times_contradict_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network().save(tmp_path / "net.keras")
    file, store = tmp_path / "net.keras", ("--store", tmp_path / "store")
    code, _, err = printed(capsys, "import", file, "whole", *store)
    assert (code, err) == (
        2,
        (
            f"echoscope: {file} predicts after its window, and whole at each step: name a preset"
            " that does as the file does, or say --readout last.\n"
        ),
    )
    assert not (tmp_path / "store").exists()
    assert printed(capsys, "import", file, "whole", "--readout", "last", *store)[0] == 0
    code, out, _ = printed(capsys, "import", file, "lag", *store)
    assert code == 0
    assert " ".join(out.split()).startswith(
        "From the file: model lstm, readout last, encoding one-hot, layers 1, bidirectional false,"
        " vocab_size 5, units 4, window 3, stateful false. From the preset lag and flags: lag 1,"
        " length"
        " 25, batch_size 5. "
    )


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ("--encoding bits", "encoding is one-hot in {file}, not bits: leave encoding out."),
        ("--layers 2", "layers is 1 in {file}, not 2: leave --layers out."),
        (
            "--bidirectional true",
            "bidirectional is false in {file}, not true: leave --bidirectional out.",
        ),
        ("--vocab-size 6", "vocab_size is 5 in {file}, not 6: leave --vocab-size out."),
        (
            "--missing 0.2 --gaps marked",
            "{file} reads 5 symbols and no mark of a gap: leave --gaps out.",
        ),
        (
            "--missing 0.2",
            (
                "{file} has no Masking layer, so it does not pass over gaps: leave --missing and"
                " --edges out, or use --gaps dropped."
            ),
        ),
        (
            "--lag 1,2",
            (
                "{file} predicts 1 target after its window, but lag 1,2 asks for 2: give as many"
                " lags"
                " as targets."
            ),
        ),
    ],
)
def test_a_file_is_not_read_under_other_words(
    flags: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "echo.keras"
    network().save(file)
    code, out, err = printed(
        capsys, "import", file, "lag", *flags.split(), "--store", tmp_path / "store"
    )
    assert (code, out, err) == (2, "", f"echoscope: {sentence.format(file=file)}\n")
    assert not (tmp_path / "store").exists()


def test_an_exported_network_predicts_any_number_of_windows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = echoscope.preset("lag", vocab_size=7, units=4, epochs=1)
    assert experiment.training.stateful
    run, weights = echoscope.train(experiment)
    store = echoscope.Store(tmp_path / "store")
    store.add(run, weights)
    value, file = np.random.default_rng(0).integers(0, 7, 40), tmp_path / "net.keras"
    assert printed(capsys, "export", file, "--store", tmp_path / "store")[0] == 0
    result = echoscope.predict(experiment, weights, value, use="windows")
    theirs = keras.models.load_model(file)
    for count in (1, 3, len(result.inputs)):
        windows = np.eye(7, dtype=np.float32)[result.inputs[:count]]
        said_there = theirs.predict(windows, verbose=0).argmax(axis=-1)
        np.testing.assert_array_equal(said_there, result.predictions[:count, 0])
    assert printed(capsys, "export", file, "--stateful", 2, "--store", tmp_path / "store")[0] == 0
    assert keras.models.load_model(file).inputs[0].shape == (2, 5, 7)
    assert (
        printed(capsys, "export", file, "--stateful", "two", "--store", tmp_path / "store")[2]
        == "echoscope: stateful must be an integer from 1 to 1000000, not 'two'.\n"
    )


# Values that symbols stand for


EVENTS = ("login", "logout", "view", "pay now")


def test_a_network_that_learned_names_says_them_after_an_export_and_an_import(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [EVENTS[place] for place in np.random.default_rng(0).integers(0, 4, 200)]
    data = echoscope.recode(echoscope.read(events))
    experiment = echoscope.preset("lag", fit="quick", units=8, epochs=50)
    run, weights = echoscope.train(experiment.change(vocab_size=4), data=data)
    store, file = echoscope.Store(tmp_path / "store"), tmp_path / "net.keras"
    store.add(run, weights, data)
    assert printed(capsys, "export", file, "--store", tmp_path / "store")[0] == 0
    there = ("--store", tmp_path / "there")
    code, out, err = printed(capsys, "import", file, "lag", *there)
    assert (code, err) == (0, "")
    assert "Its symbols stand for 4 names: login, logout, pay now, view." in " ".join(out.split())
    for place in (("--store", tmp_path / "store"), there):
        out = printed(capsys, "predict", *events[:9], "--json", *place)[1]
        answers = [json.loads(out)[name] for name in ("inputs", "targets", "predictions")]
        assert set(answers[2]) <= set(EVENTS)
        assert answers[0][0] == events[:5]
    imported = echoscope.Store(tmp_path / "there").find()
    assert imported.recoding == run.recoding == data.recoding
    keras.models.load_model(file).save(file)  # Keras passes the names over, and leaves them out
    assert echoscope.read_keras(file).recoding is None


def test_symbols_of_a_network_of_another_hand_are_given_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network().save(tmp_path / "net.keras")
    (tmp_path / "names.txt").write_text("a\nb\nc\n\nd, e\nf\n", "utf-8")
    asked = ("import", tmp_path / "net.keras", "lag", "--store", tmp_path / "store", "--names")
    assert printed(capsys, *asked, tmp_path / "names.txt")[0] == 0
    found_names = echoscope.Store(tmp_path / "store").find().recoding
    assert found_names == echoscope.Recoding(("a", "b", "c", "d, e", "f"))
    assert printed(capsys, *asked, "10,20,30.5,40,-1")[0] == 0
    numbers = echoscope.Store(tmp_path / "store").find().recoding
    assert numbers == echoscope.Recoding((10, 20, 30.5, 40, -1))
    out = printed(capsys, "predict", 10, 20, -1, 40, "--json", "--store", tmp_path / "store")[1]
    assert json.loads(out)["inputs"] == [[10, 20, -1], [20, -1, 40]]
    code, out, err = printed(capsys, *asked, tmp_path / "net.keras")
    assert (code, out) == (2, "")
    assert err == (
        f"echoscope: names cannot be read from {tmp_path / 'net.keras'} (it is no text in UTF-8):"
        " give a file with a name in each line, or the names with commas between.\n"
    )
    for names, count in (("a,b,c", "3 of which 3"), ("a,b,c,d,a", "5 of which 4")):
        code, out, err = printed(capsys, *asked, names)
        assert (code, out) == (2, "")
        assert err == (
            f"echoscope: names must be 5 different names for the symbols of"
            f" {tmp_path / 'net.keras'}, not {count} differ: give one for each, in order.\n"
        )


@pytest.mark.parametrize(
    ("note", "why"),
    [
        (b"no JSON", "echoscope.json: JSONDecodeError"),
        (b"[]", "echoscope.json is of another form"),
        (b'{"format": 2}', "echoscope.json is of another form"),
        (
            b'{"format": 1, "model": "lstm", "encoding": "one-hot", "vocab_size": 5, "recoding": '
            b'{"values": ["a"], "edges": [], "unknown": false, "missing_values": []}}',
            "echoscope.json has 1 values for 5 symbols",
        ),
    ],
)
def test_names_that_are_damaged_are_refused(note: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    network().save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("echoscope.json", note)
    with pytest.raises(echoscope.StoreError) as caught:
        echoscope.read_keras(path)
    sentence = f"{path} is damaged or of another version ({why}): save the model again."
    assert str(caught.value) == sentence


# A state that Keras keeps


def delay_line(lag: int, symbols: int = 10) -> Any:
    """A stateful network, batch 1 and window 1, whose weights hand each symbol on by one place."""
    units = symbols * (lag + 1)
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(1, 1, symbols)),
            layers.SimpleRNN(units, stateful=True),
            layers.Dense(symbols, activation="softmax"),
        ]
    )
    first = np.eye(symbols, units)
    places = np.eye(units, k=symbols)
    last = np.eye(units)[:, -symbols:]
    model.set_weights([9 * first, 9 * places, np.zeros(units), 9 * last, np.zeros(symbols)])
    return model


def test_a_delay_line_is_right_wherever_its_state_has_read_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    delay_line(3).save(tmp_path / "net.keras")
    store = ("--store", tmp_path / "store")
    out = printed(capsys, "import", tmp_path / "net.keras", "lag", "--lag", 3, *store)[1]
    assert (
        "Its state is kept from window to window and cleared after 22, where a sequence of length"
        " 25 ends: --use continuous of predict, stream and evaluate keeps it throughout"
    ) in " ".join(out.split())
    run = echoscope.Store(tmp_path / "store").find()
    assert run.ceiling == pytest.approx((19 + 3 / 10) / 22, abs=1e-3)  # 3 of 22 cannot arrive
    assert run.accuracy == pytest.approx(run.ceiling, abs=0.01)
    read = np.random.default_rng(1).integers(0, 10, 60)
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{number}\n" for number in read)))
    out = printed(capsys, "stream", "--use", "continuous", *store)[1]
    assert out.split() == ["-"] * 3 + [str(number) for number in read[:-3]]
    length = ("--integers", 3000, "--use", "continuous", "--json")
    out = printed(capsys, "evaluate", *length, *store)[1]
    assert json.loads(out)["accuracy"] == 1


def test_dropout_is_said_to_be_ignored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last = [layers.Dropout(0.5, name="half"), layers.Dense(5, activation="softmax")]
    file = saved(tmp_path / "net.keras", last)
    out = printed(capsys, "import", file, "lag", "--store", tmp_path / "store")[1]
    assert "Ignored, as Keras does when a network is used: Dropout half." in " ".join(out.split())
