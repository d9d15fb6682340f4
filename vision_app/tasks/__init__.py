"""What a model can be asked: one file and one row a task."""

from __future__ import annotations

from vision_app.cards.card import ModelCard
from vision_app.errors import ModelError
from vision_app.plugins import OpenTable, has_attributes
from vision_app.tasks.base import Task, TaskOptions
from vision_app.tasks.classify import ClassifyTask
from vision_app.tasks.depth import DepthTask
from vision_app.tasks.detect import DetectTask
from vision_app.tasks.embed import EmbedTask
from vision_app.tasks.image import ImageTask
from vision_app.tasks.pose import PoseTask
from vision_app.tasks.segment import SegmentTask
from vision_app.tasks.semantic import SemanticTask
from vision_app.tasks.turned import TurnedTask

TASKS: OpenTable[type[Task]] = OpenTable(
    "vision_app.tasks",
    {
        "classify": ClassifyTask,
        "detect": DetectTask,
        "segment": SegmentTask,
        "pose": PoseTask,
        "obb": TurnedTask,
        "semantic": SemanticTask,
        "depth": DepthTask,
        "image": ImageTask,
        "embed": EmbedTask,
    },
    has_attributes("finds_boxes", "prepare", "decode"),
)
"""Name to task."""

__all__ = ["TASKS", "Task", "TaskOptions", "make_task"]


def make_task(card: ModelCard, options: TaskOptions, free_hw: bool = False) -> Task:
    """The task that a card names.

    Args:
        card: the model's card.
        options: thresholds and classes.
        free_hw: the model takes any height and width.

    Raises:
        ModelError: there is no such task, or the card does not fit it.
        ConfigError: an option does not fit the model.
    """
    if card.task not in TASKS:
        raise ModelError(
            "{name}: task must be one of {tasks}, got '{task}'",
            name=card.name,
            tasks=", ".join(TASKS),
            task=card.task,
        )
    return TASKS[card.task](card, options, free_hw)
