"""What a person says of their layer where its class does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from echoscope.settings import Settings, Value, choice, setting, whole

LAYOUTS = BATCH_FIRST, TIME_FIRST, STEP = "batch_first", "time_first", "step"
CARRIES = ("hc", "ch", "output_state", "state_output")
MOST_UNITS = 4096


@dataclass(frozen=True, kw_only=True, repr=False)
class LayerOptions(Settings):
    """How a layer is made and called.

    >>> LayerOptions(units=16, layout="batch_first").layout
    'batch_first'
    """

    noun = "A layer"

    units: int = setting("how wide the layer is made", 32)
    layout: str | None = setting(
        "how a module reads its inputs, batch_first, time_first, or step for one time step at a"
        " time, where its class does not say",
        None,
        choices=LAYOUTS,
    )
    carry: str | None = setting(
        "what a step gives, where its framework does not say: hc or ch, a pair that is handed on"
        " whole, of which h is the output; output_state or state_output, an output and what is"
        " handed on",
        None,
        choices=CARRIES,
    )
    arguments: Mapping[str, Value] = field(default_factory=dict)  # of its constructor, by name

    def __post_init__(self) -> None:
        self._settle(
            units=whole("units", self.units, 1, MOST_UNITS),
            layout=None if self.layout is None else choice("layout", self.layout, LAYOUTS),
            carry=None if self.carry is None else choice("carry", self.carry, CARRIES),
        )

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """What had to be said beside the units."""
        named = {"layout": self.layout, "carry": self.carry, **self.arguments}
        return tuple((name, str(value)) for name, value in named.items() if value is not None)
