"""What pytest loads where Echoscope is installed: the fixture `assert_memory`."""

from collections.abc import Callable

import pytest

from echoscope.settings import Value


@pytest.fixture
def assert_memory() -> Callable[..., None]:
    """`echoscope.assert_memory`, loaded when it is called: a test that asks for it says what a
    layer must hold.
    """

    def check(layer: object, **least: Value) -> None:
        from echoscope.measure.asserting import assert_memory

        __tracebackhide__ = True
        assert_memory(layer, **least)

    return check
