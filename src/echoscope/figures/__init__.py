"""Pictures, in one grammar: Altair specifications of records and of what they say together.

Each figure is a function of `Evidence` that gives a chart, or raises `RecordError` with the reason
why these records do not have it. `FIGURES` names them all.
"""

from echoscope.figures.catalog import FIGURES, Figure, check_name, draw
from echoscope.figures.evidence import Evidence
from echoscope.figures.files import KINDS, kind_of, save
from echoscope.figures.grammar import specification
from echoscope.figures.plain import sketch
from echoscope.figures.records import curves, names

__all__ = [
    "FIGURES",
    "KINDS",
    "Evidence",
    "Figure",
    "check_name",
    "curves",
    "draw",
    "kind_of",
    "names",
    "save",
    "sketch",
    "specification",
]
