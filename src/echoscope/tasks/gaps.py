"""Gaps: how what is missing is read, and where that has nothing to work on."""

from echoscope.errors import SettingError

# share of windows without a gap, below which dropping the others leaves too little
LEAST_WHOLE = 0.01


def check_gaps(gaps: str, edges: str, gappy: bool, missing: float, kept: float) -> None:
    """Refuse gaps read in a way that leaves nothing to do, or nothing at all; `kept` is the share
    of windows that they leave.
    """
    if edges == "padded" and gaps == "dropped":
        raise SettingError(
            "edges padded begins windows with gaps, and gaps dropped leaves those windows out: "
            "use gaps masked or marked, or edges dropped."
        )
    if gaps != "masked" and not gappy:
        raise SettingError(
            f"gaps {gaps} has no gap to work on: give missing above 0, or edges padded."
        )
    if gaps == "dropped" and kept < LEAST_WHOLE:
        raise SettingError(
            f"missing {missing:g} leaves fewer than one window of 100 whole, and gaps"
            " dropped drops the others: use gaps masked or marked, or a smaller share."
        )
