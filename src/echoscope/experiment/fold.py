"""Time-ordered folds of user data: each is held out after all that comes before it, which is
trained on.
"""

import re
from typing import NamedTuple

from echoscope.errors import SettingError, shown
from echoscope.settings import whole

MOST_FOLDS = 100
RULE = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})")


class Fold(NamedTuple):
    """Fold `number` of `of`, from 1 on. With n folds the data are n + 1 parts in order: fold i
    holds part i + 1 out, and trains on the i parts before it, so that the window of what is trained
    on expands. What is left over by the division goes to the first part.

    >>> [Fold(number, 4).held_out(103) for number in (1, 4)]
    [(23, 43), (83, 103)]

    Source: `TimeSeriesSplit` of scikit-learn; Tashman 2000 for the evaluation by a rolling origin.
    """

    number: int
    of: int

    @classmethod
    def of_text(cls, text: object) -> "Fold":
        """The fold that a text such as 2/5 says, or a `SettingError`."""
        parts = RULE.fullmatch(text) if isinstance(text, str) else None
        if parts:
            fold = cls(int(parts[1]), int(parts[2]))
            if 2 <= fold.of <= MOST_FOLDS and fold.number <= fold.of:
                return fold
        raise SettingError(
            f"fold must be none or one of 2 to {MOST_FOLDS} folds, as 2/5 is the second of five,"
            f" not {shown(text)}."
        )

    @property
    def text(self) -> str:
        """As settings say it."""
        return f"{self.number}/{self.of}"

    @property
    def pooled(self) -> str:
        """All folds of as many, which are evaluated together."""
        return f"*/{self.of}"

    def held_out(self, count: int) -> tuple[int, int]:
        """Where the part of `count` data begins and ends that is held out."""
        size = count // (self.of + 1)
        end = count - (self.of - self.number) * size
        return end - size, end


def folds_of(count: object) -> tuple[str, ...]:
    """Every fold of so many, as settings say them.

    >>> folds_of(3)
    ('1/3', '2/3', '3/3')
    """
    of = whole("folds", count, 2, MOST_FOLDS)
    return tuple(Fold(number + 1, of).text for number in range(of))
