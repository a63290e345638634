"""Many sequences: how they are read, what is trained on and held out, and that nothing that is
drawn, scored or predicted crosses a border.
"""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from echoscope import (
    EchoscopeError,
    IntegerError,
    Training,
    UserData,
    confusion,
    evaluate,
    predict,
    preset,
    read,
    recode,
)
from echoscope.evaluation.long_stream import outputs_of
from echoscope.experiment.draws import draw_of
from echoscope.experiment.held_out import Places, held_out
from echoscope.experiment.user_data import hash_of, held_out_part, learned
from echoscope.reading.recode import as_integers
from echoscope.training.batches import (
    EVALUATED,
    TRAINED,
    UserSlice,
    batch_plan,
    run_key,
    sample_integers,
)
from networks import first_weights

DOUBLING = Path(__file__).parent / "cases" / "doubling_stop.csv"
SEQUENCES = [[2, 4, 8, 16], [3, 6, 12, 24], [5, 10, 20, 40]]
BLOCK = 100  # sequence j has the symbols from 100 j on, so that whatever crosses a border shows
sizes = st.lists(st.integers(1, 40), min_size=2, max_size=12)
kinds = st.sampled_from(
    [
        {"fit": "quick", "window": 3},
        {"fit": "quick", "window": 3, "lag": -2},
        {"fit": "quick", "window": 2, "lag": 4},
        {"fit": "quick", "edges": "padded", "window": 6},
        {"length": 9, "window": 3, "batch_size": 2},
        {"length": 9, "window": 3, "batch_size": 2, "edges": "padded"},
    ]
)


def blocks(lengths: list[int]) -> UserData:
    """Sequences of these lengths, each of symbols of its own."""
    return UserData.of_sequences(
        [BLOCK * number + np.arange(length) for number, length in enumerate(lengths)]
    )


def test_the_case_of_a_stop_sign_and_all_that_says_the_same(tmp_path: Path) -> None:
    numbers = [value for part in SEQUENCES for value in (*part, -1)]
    ids = [str(place // 5) for place in range(15)]
    (tmp_path / "x.jsonl").write_text(
        "".join(f'{{"x": {x}, "b": "{b}"}}\n' for x, b in zip(numbers, ids, strict=True))
    )
    parquet.write_table(pyarrow.table({"b": ids, "x": numbers}), tmp_path / "x.parquet")
    np.savez(tmp_path / "x.npz", x=np.array(numbers), b=np.array(ids))
    np.save(tmp_path / "x.npy", np.stack([np.array(ids, int), numbers], axis=1))
    for source in (DOUBLING, *(tmp_path / f"x.{kind}" for kind in ("jsonl", "parquet", "npz"))):
        column = read(source, "x", separator=-1)
        assert recode(column).name == recode(read(SEQUENCES, sequences=True)).name, source
        assert ", 12 values, none missing, 3 sequences of 4 values." in column.understood
        grouped = recode(read(source, "x", group="b"))
        assert [len(part) for part in grouped.sequences()] == [5, 5, 5], source
        assert grouped.recoding.decoded(grouped.integers) == numbers
    assert recode(read(tmp_path / "x.npy", 2, group=1)).starts.tolist() == [0, 5, 10]
    table = {"x": numbers, "b": ids}
    assert recode(read(table, "x", group="b")).starts.tolist() == [0, 5, 10]
    assert recode(read(numbers, group=ids)).starts.tolist() == [0, 5, 10]
    column = read([1, 2, 3], group=np.array([7, 3, 7]))
    assert [column.value(place) for place in range(3)] == [1, 3, 2]  # 7 comes first
    plain = as_integers(read(DOUBLING, "x", separator=-1), 41)
    assert (plain.integers.tolist(), plain.recoding) == ([*np.ravel(SEQUENCES)], None)
    assert plain.starts.tolist() == [0, 4, 8]


@pytest.mark.parametrize(
    ("text", "told", "values", "starts"),
    [
        ("x\n0\n0\n7\n8\n0\n0\n9\n0\n", {"separator": "0"}, [7, 8, 9], [0, 2]),
        ("x\nEND\n7\n8\nEND\n9\n", {"separator": "END"}, [7, 8, 9], [0, 2]),
        ("x\n7\n8\n\n\n9\n", {"separator": ""}, [7, 8, 9], [0, 2]),
        ("x\n7\n8\n\n9\n0\n1\n", {"separator": 0}, [7, 8, None, 9, 1], [0, 4]),
        ("x\na\n30\nb\n", {"separator": "30.0", "header": True}, ["a", "b"], [0, 1]),
        (
            "id,x\nb,1\na,5\nb,2\n1,9\na,6\n01,8\n",
            {"column": "x", "group": "id"},
            [1, 2, 5, 6, 9, 8],
            [0, 2, 4, 5],
        ),
    ],
)
def test_a_separator_or_a_group_parts_what_it_says(
    tmp_path: Path, text: str, told: dict[str, Any], values: list, starts: list[int]
) -> None:
    (tmp_path / "a.csv").write_text(text)
    column = read(tmp_path / "a.csv", **told)
    assert [column.value(place) for place in range(len(column))] == values
    assert column.starts.tolist() == starts
    for place in range(len(column)):
        row = int(column.where(place).split()[1])
        assert str(column.value(place) or "") in text.split("\n")[row - 1].split(",")
    gathered = "group" in told
    assert (", rows of one gathered in their order" in column.understood) == gathered


@pytest.mark.parametrize(
    ("source", "told", "sentence"),
    [
        ([1, 2], {"separator": 9}, "separator 9 is no value of values: change it."),
        ([1, 1], {"separator": 1}, "values has nothing but the separator 1: choose another."),
        ([1, 2], {"group": "b"}, "values is one list and has no columns: leave group out."),
        ([1, 2], {"group": [1]}, "values has 2 values and 1 groups of them: give each"),
        ([1, 2], {"group": [1, None]}, "value 2 is blank: give each row its group."),
        ([1, 2], {"group": [1, 2], "separator": 1}, "separator and group both say where a"),
        (DOUBLING, {"column": "x", "group": "c"}, "has no column 'c': it has b, x."),
        (DOUBLING, {"sequences": True}, "sequences is said of a list of lists: leave it out of a"),
        (np.ones((2, 3)), {"sequences": True}, "give list(array) where each row of it is a"),
        ([[1], [2]], {"sequences": True, "group": "b"}, "leave column, separator and group out."),
        ([[], []], {"sequences": True}, "There is no value in these sequences: give some."),
    ],
)
def test_what_parts_nothing_is_refused(source: Any, told: dict[str, Any], sentence: str) -> None:
    with pytest.raises(EchoscopeError) as caught:
        read(source, **told)
    assert sentence in str(caught.value)


def test_lists_of_lists_are_sequences_only_where_that_is_said() -> None:
    data = UserData.of_sequences([[1, None], [], np.array([2, 3, 4])])
    assert (data.integers.tolist(), data.starts.tolist()) == ([1, -1, 2, 3, 4], [0, 2])
    column = read([["a"], [], ["b", "c"]], sequences=True)
    assert (column.starts.tolist(), column.where(2)) == ([0, 1], "value 2 of sequence 3")
    for parts in ([[1, 2], [3]], [[1, 2], [3, 4]], np.ones((2, 3), int)):
        with pytest.raises(IntegerError, match=r"one axis|several lengths"):
            Training([preset("lag", fit="quick")], data=parts)
    with pytest.raises(IntegerError, match=r"^integer 1 of sequence 2 is -5, outside"):
        UserData.of_sequences([[1], [-5]])
    with pytest.raises(IntegerError, match=r"^Sequences must be a list of lists or arrays"):
        UserData.of_sequences(np.ones((2, 3), int))


def test_borders_are_part_of_a_name_and_one_sequence_keeps_its_own() -> None:
    whole = np.arange(12)
    plain = UserData.of_sequences([whole])
    assert plain.name == UserData(whole).name == hash_of(whole)
    parts = [UserData.of_sequences(np.split(whole, [cut])) for cut in (4, 5)]
    assert len({plain.name, *(part.name for part in parts)}) == 3
    assert [part.part(3, 12).starts.tolist() for part in parts] == [[0, 1], [0, 2]]


@given(sizes, kinds)
@settings(max_examples=150)
def test_what_is_held_out_are_whole_sequences_and_no_draw_crosses_a_border(
    lengths: list[int], told: dict[str, Any]
) -> None:
    data, experiment = blocks(lengths), preset("lag", vocab_size=2000, **told)
    size = draw_of(experiment)
    if sum(length >= size for length in lengths) < 2:
        with pytest.raises(IntegerError, match=r"in a row in at least two of them"):
            learned(experiment, data)
        return
    part = held_out_part(experiment, data)
    begin, where = part[0], Places.of(experiment, data)
    borders = [
        border
        for border in data.starts.tolist()[1:]
        if any(length >= size for length in lengths[: data.starts.tolist().index(border)])
        and any(length >= size for length in lengths[data.starts.tolist().index(border) :])
    ]
    nearest = min(abs(border - 0.8 * len(data)) for border in borders)
    assert begin in borders
    assert abs(begin - 0.8 * len(data)) == nearest
    rows = data.integers[where.starts[:, None] + np.arange(size)]
    assert (rows // BLOCK == rows[:, :1] // BLOCK).all()
    assert (np.diff(rows) == 1).all()
    known, rest = slice(*where.learned(part)), slice(*where.held_out(part))
    assert (rows[known] // BLOCK < data.integers[begin] // BLOCK).all()
    assert (rows[rest] // BLOCK >= data.integers[begin] // BLOCK).all()
    first = known.stop
    assert first == sum(max(0, len(part) - size + 1) for part in data.part(0, begin).sequences())
    assert (first > 0, rest.stop == len(rows) > rest.start >= first) == (True, True)
    held = held_out(experiment, data)
    assert held.starts.tolist() == where.starts[rest][:: held.stride].tolist()


@pytest.mark.parametrize("told", [{"fit": "quick", "batch_size": 4}, {"length": 9}])
def test_every_epoch_draws_within_sequences_and_a_score_has_each_draw_once(
    told: dict[str, Any],
) -> None:
    data = blocks([30, 4, 12, 40, 5, 11, 20])
    experiment = preset("lag", vocab_size=2000, **told).change(data="0" * 12)
    where, plan = Places.of(experiment, data), batch_plan(experiment)
    part = held_out_part(experiment, data)

    def rows(stream: int, part: tuple[int, int], stride: int, epochs: int) -> np.ndarray:
        mine = UserSlice(
            jnp.array(data.integers), *map(jnp.int32, (*part, stride)), jnp.array(where.starts)
        )
        key = run_key(jnp.uint32(0), jnp.int32(stream))
        item = jax.vmap(lambda epoch: sample_integers(experiment, plan, key, epoch, mine))
        return np.asarray(jax.jit(item)(jnp.arange(epochs))).reshape(-1, plan.shape[1])

    drawn = rows(TRAINED, where.learned(part), 0, 600)
    assert set(drawn[:, 0]) == set(data.integers[where.starts[: where.learned(part)[1]]])
    assert (np.diff(drawn) == 1).all()
    scored = rows(EVALUATED, where.held_out(part), 1, 40)
    scored = scored[scored[:, 0] >= 0]
    rest = slice(*where.held_out(part))
    assert scored[:, 0].tolist() == data.integers[where.starts[rest]].tolist()
    assert (np.diff(scored) == 1).all()


def mixed(seed: int = 0, vocab_size: int = 9) -> UserData:
    """Random sequences, short ones among them."""
    rng = np.random.default_rng(seed)
    lengths = [30, 3, 60, 1, 11, 9]
    return UserData.of_sequences([rng.integers(0, vocab_size, length) for length in lengths])


USES = [
    {"fit": "quick", "lag": -1},
    {"fit": "quick", "lag": 2, "edges": "padded"},
    {"fit": "quick", "readout": "all", "lag": 2},
    {"fit": "quick", "lag": (4, 3), "missing": 0.2, "gaps": "marked"},
    {"length": 8, "batch_size": 2},
    {"length": 6, "window": None, "readout": "all", "batch_size": 1},
]


@pytest.mark.parametrize("told", USES)
def test_sequences_are_predicted_as_each_is_alone(told: dict[str, Any]) -> None:
    experiment = preset("lag", vocab_size=9, units=4, **told)
    weights, data = first_weights(experiment), mixed()
    result = predict(experiment, weights, data, top=2)
    outputs: list[Any] = []
    for number, part in enumerate(data.sequences()):
        here = result.sequence == number
        if not here.any():
            with pytest.raises(EchoscopeError, match=r"One window needs|asks for nothing"):
                predict(experiment, weights, part)
            continue
        alone = predict(experiment, weights, part, top=2)
        wide, answers = alone.inputs.shape[1], alone.targets.shape[1]
        assert result.inputs[here][:, :wide].tolist() == alone.inputs.tolist()
        for name in ("targets", "predictions", "mask", "ranked"):
            assert (getattr(result, name)[here][:, :answers] == getattr(alone, name)).all(), name
        assert not result.mask[here][:, answers:].any()
        np.testing.assert_allclose(
            result.confidence[here][:, :answers], alone.confidence, atol=1e-5
        )
        if alone.mask.any():
            outputs.append(outputs_of(experiment, weights, part))
    for ours, theirs in zip(
        outputs_of(experiment, weights, data), zip(*outputs, strict=True), strict=True
    ):
        assert ours.tolist() == np.concatenate(theirs).tolist()
    trained = experiment.change(data=data.hash)
    whole = evaluate(trained, weights, 1000, data=data)
    assert whole.integers == len(data) - learned(trained, data)
    wrong = confusion(trained, weights, 1000, data=data)
    assert (wrong.target_count, wrong.left_out) == (whole.accuracy.target_count, 0)


@pytest.mark.parametrize("separator", ["-", "NA", "nan"])
def test_what_says_that_a_value_is_missing_parts_no_sequences(separator: str) -> None:
    """But for an empty text, which parts them wherever a value is missing."""
    with pytest.raises(EchoscopeError, match="says that a value is missing, and what is missing"):
        read([1, 2, None, 3, "NA", 4], separator=separator)
    assert read([1, 2, None, 3, "NA", 4], separator="").starts.tolist() == [0, 2, 3]
