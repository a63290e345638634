"""Lags: which integers of a stream must be predicted, and where they can be."""

from collections.abc import Iterable

from echoscope.errors import SettingError
from echoscope.settings import whole
from echoscope.tasks.base import MOST_STEPS


def check_each(lags: tuple[int, ...], time_steps: int, length: int) -> None:
    """Refuse a lag of a task that predicts at each time step which asks for nothing."""
    lag = max(lags, key=abs)
    if abs(lag) >= time_steps:
        raise SettingError(
            f"lag {lag} asks for nothing inside a window of {time_steps}: "
            f"use a lag of at most {time_steps - 1}, or a longer window."
        )
    if abs(lag) >= length:
        raise SettingError(
            f"length {length} is too short: lag {lag} asks for nothing inside it and needs"
            f" at least {abs(lag) + 1}; use a longer length."
        )


def lags_of(value: object) -> tuple[int, ...]:
    """One lag or several, each named once, or a `SettingError`."""
    lags = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    if not lags:
        raise SettingError(
            "lag must name at least one integer, not none: use 0 for the current one."
        )
    settled = tuple(whole("lag", lag, -MOST_STEPS, MOST_STEPS) for lag in lags)
    if len(set(settled)) < len(settled):
        raise SettingError(f"lag must name each integer once, not {','.join(map(str, settled))}.")
    return settled
