"""Pictures, in one grammar: Altair specifications of runs and of what they say together.

Each figure is a function of `Evidence` that gives a chart, or raises `StoreError` with the reason
why these runs do not have it. `figures` names them all.
"""

from echoscope.figures.evidence import Evidence
from echoscope.figures.files import KINDS, kind_of, save
from echoscope.figures.registry import Figure, check_name, draw, figures
from echoscope.figures.run_curves import curves
from echoscope.figures.style import specification
from echoscope.figures.text_sketch import sketch

__all__ = [
    "KINDS",
    "Evidence",
    "Figure",
    "check_name",
    "curves",
    "draw",
    "figures",
    "kind_of",
    "save",
    "sketch",
    "specification",
]
