"""A JSON document that is damaged at random."""

import random
from typing import Any

VALUES = (
    None,
    True,
    0,
    -1,
    2,
    7,
    10**9,
    1.5,
    float("nan"),
    "",
    "float16",
    "relu",
    [],
    {},
    [None, 7],
    [None, 4, 7],
    {"class_name": "LSTM"},
)


def damage(config: Any, chance: random.Random) -> None:
    """Another value in one place of a JSON document."""
    places, waiting = [], [config]
    while waiting:
        node = waiting.pop()
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            waiting += [node[key]] if isinstance(node[key], dict | list) else []
    node, key = chance.choice(places)
    node[key] = chance.choice(VALUES)
