"""Which tasks there are: a task is one file in this folder and one line here, or comes from outside
by `echoscope.register_task`.
"""

from echoscope.tasks.associative_recall import AssociativeRecall
from echoscope.tasks.base import TASKS, Task
from echoscope.tasks.echo import Echo
from echoscope.tasks.hold import Hold
from echoscope.tasks.selective_copy import SelectiveCopy

OURS: tuple[type[Task], ...] = (
    Echo,
    Hold,
    SelectiveCopy,
    AssociativeRecall,
)
TASKS.update({task.kind: task for task in OURS})
