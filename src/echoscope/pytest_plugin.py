"""What pytest loads where Echoscope is installed: the fixture `assert_memory`."""

from collections.abc import Callable

import pytest


@pytest.fixture
def assert_memory() -> Callable[..., None]:
    """`echoscope.assert_memory`, loaded when it is called: a test that asks for it says what a
    layer must hold.
    """

    def check(layer: object, **least: object) -> None:
        from echoscope.measure.comparison.asserting import assert_memory

        __tracebackhide__ = True
        assert_memory(layer, **least)  # type: ignore[arg-type]

    return check
