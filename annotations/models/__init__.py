"""People and their work on flows."""

from annotations.models.events import Event
from annotations.models.gold import Artifact, FigureKind, GoldFlow, GoldLayerType
from annotations.models.review import Review
from annotations.models.submissions import Submission
from annotations.models.tasks import Draft, Lease, Skip, Task

__all__ = [
    "Artifact",
    "Draft",
    "Event",
    "FigureKind",
    "GoldFlow",
    "GoldLayerType",
    "Lease",
    "Review",
    "Skip",
    "Submission",
    "Task",
]
