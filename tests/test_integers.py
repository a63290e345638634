"""user data, whatever they come as: right, or one sentence that names the first that is
not.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jax.numpy as jnp
import numpy as np
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echoscope import EchoscopeError, IntegerError
from echoscope.integers import integer, integers


class NAType:
    """As pandas says that there is nothing: it predicts no question."""

    def __bool__(self) -> bool:
        raise TypeError

    def __eq__(self, other: object) -> bool:
        raise TypeError

    __hash__ = None

    def __str__(self) -> str:
        return "<NA>"


RIGHT = [
    ([1, 2], [1, 2]),
    ([1.0, np.float32(2)], [1, 2]),
    (["1", "2.0", " +3 ", "1e0", "7."], [1, 2, 3, 1, 7]),
    ((1, "2", None), [1, 2, -1]),
    ([], []),
    (range(4), [0, 1, 2, 3]),
    (iter([3, 4]), [3, 4]),
    (b"\1\2", [1, 2]),
    (np.array([1, 2], np.uint64), [1, 2]),
    (np.array([1, 2], np.float16), [1, 2]),
    (np.array([1, np.nan, -1]), [1, -1, -1]),
    (np.array([1, "2", None, "NA"], object), [1, 2, -1, -1]),
    (np.array(["1", ""]), [1, -1]),
    (np.ma.array([1, 2, 3], mask=[0, 1, 0]), [1, -1, 3]),
    (np.ma.array([1, 2, 3]), [1, 2, 3]),
    ([Decimal(3), Decimal("NaN"), Fraction(8, 2)], [3, -1, 4]),
    ([1, NAType(), float("nan"), "-", "<NA>", "null"], [1, -1, -1, -1, -1, -1]),
    ([np.int64(3), np.array(4), jnp.array(5)], [3, 4, 5]),
    (jnp.array([1, 2]), [1, 2]),
    (pyarrow.array([1, None, 3]), [1, -1, 3]),
    (pyarrow.chunked_array([[1], [2]]), [1, 2]),
    (np.array([], float), []),
]
AXIS = ": choose a column, or decode with one_hot_decode."
WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: [1, 2.5], "integer 2 is 2.5: it must be an integer from 0 to 9."),
    (lambda: [2, True], "integer 2 is True: it must be an integer from 0 to 9."),
    (lambda: np.array([True, False]), "integer 1 is True: it must be an integer from 0 to 9."),
    (lambda: np.array([1, np.inf]), "integer 2 is inf: it must be an integer from 0 to 9."),
    (lambda: np.array([1j]), "integer 1 is 1j: it must be an integer from 0 to 9."),
    (
        lambda: np.array(["2020-01-01"], "M8[D]"),
        "integer 1 is np.datetime64('2020-01-01'): it must be an integer from 0 to 9.",
    ),
    (
        lambda: [1, 2**70],
        f"integer 2 is {2**70}, outside 0 to 9: change it; no task has more than 1000000 symbols.",
    ),
    (
        lambda: [10**5000],
        (
            "integer 1 is a number of too many digits to show, outside 0 to 9: change it; no task"
            " has more than 1000000 symbols."
        ),
    ),
    (lambda: ["7" * 5000], f"integer 1 is '{'7' * 55} ...': it must be an integer from 0 to 9."),
    (lambda: ["\x1b[2J"], r"integer 1 is '\x1b[2J': it must be an integer from 0 to 9."),
    (lambda: ["1_0"], "integer 1 is '1_0': it must be an integer from 0 to 9."),
    (
        lambda: np.array([10], np.uint64),
        "integer 1 is 10, outside 0 to 9: change it, or train with more symbols.",
    ),
    (
        lambda: np.zeros((200, 10), int),
        f"Integers must lie in one axis, not in shape (200, 10){AXIS}",
    ),
    (lambda: [[1, 2], [3, 4]], f"Integers must lie in one axis, not in shape (2, 2){AXIS}"),
    (lambda: [np.array([1])], f"Integers must lie in one axis, not in shape (1, 1){AXIS}"),
    (lambda: np.array(3), f"Integers must lie in one axis, not in shape (){AXIS}"),
    (
        lambda: pyarrow.table({"a": [1, 2]}),
        f"Integers must lie in one axis, not in shape (2, 1){AXIS}",
    ),
    (
        lambda: [[1], [2, 3]],
        "Integers must lie in one axis, not in lists of several lengths: join them, or choose one.",
    ),
    (lambda: "123", "Integers must be a list or an array of them, not '123'."),
    (lambda: {1: 2}, "Integers must be a list or an array of them, not {1: 2}."),
    (lambda: 5, "Integers must be a list or an array of them, not 5."),
]


@pytest.mark.parametrize(("values", "correct"), RIGHT, ids=range(len(RIGHT)))
def test_whatever_holds_integers_is_read(values: Any, correct: list[int]) -> None:
    result = integers(values, 10, gaps=True)
    assert (result.dtype, result.tolist()) == (np.int64, correct)


@pytest.mark.parametrize(
    ("values", "sentence"), WRONG, ids=[sentence[:50] for _, sentence in WRONG]
)
def test_what_holds_none_is_refused_in_one_sentence(
    values: Callable[[], Any], sentence: str
) -> None:
    for gaps in (False, True):
        with pytest.raises(IntegerError) as caught:
            integers(values(), 10, gaps=gaps)
        assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "nothing", [None, "", float("nan"), "NA", "-", NAType(), Decimal("nan"), np.ma.masked]
)
def test_what_is_missing_is_no_integer_where_there_are_no_gaps(nothing: object) -> None:
    text = (
        "blank"
        if nothing is None or (isinstance(nothing, str) and not nothing)
        else f"missing ({nothing})"
    )
    with pytest.raises(IntegerError) as caught:
        integers([1, nothing], 10)
    assert (
        str(caught.value)
        == f"integer 2 is {text}, and the task has no gaps: give an integer from 0 to 9, or use a "
        "task with missing above 0."
    )


entries = st.one_of(
    st.integers(-3, 12),
    st.floats(),
    st.booleans(),
    st.none(),
    st.sampled_from(["1", "x", "-", "3.0", "1_0", "١"]),
)


@given(st.lists(entries, max_size=8), st.booleans(), st.sampled_from([None, object, float]))
def test_all_at_once_is_each_by_itself(values: list[Any], gaps: bool, kind: Any) -> None:
    def text(read: Callable[[], Any]) -> Any:
        try:
            return read()
        except EchoscopeError as error:
            return str(error)

    if kind is float:
        values = [
            float(value) if isinstance(value, int) else value
            for value in values
            if isinstance(value, int | float)
        ]
    array = values if kind is None else np.array(values, kind)
    one_by_one = text(
        lambda: [integer(value, 10, f"integer {k}", gaps) for k, value in enumerate(values, 1)]
    )
    assert text(lambda: integers(array, 10, gaps=gaps).tolist()) == one_by_one
