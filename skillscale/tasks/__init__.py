"""What is asked of a model, and how its answer is judged."""

from skillscale.tasks.catalogue import TASKS, tasks_for
from skillscale.tasks.cloze_task import ClozeTask
from skillscale.tasks.item import Item
from skillscale.tasks.task import Task
from skillscale.tasks.worked_chain import WorkedChain

__all__ = ["TASKS", "ClozeTask", "Item", "Task", "WorkedChain", "tasks_for"]
