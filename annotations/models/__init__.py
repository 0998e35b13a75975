"""People and their work on flows."""

from annotations.models.contributors import Assessment, Contributor, Crowd, KnownAnswer, Sanction
from annotations.models.events import Event
from annotations.models.gold import (
    Artifact,
    Download,
    FigureKind,
    GoldCredit,
    GoldFlow,
    GoldLayerType,
    GoldWithdrawal,
    Request,
)
from annotations.models.review import Review, ReviewRemark, ReviewUndo
from annotations.models.submissions import Consensus, Submission, Withdrawal
from annotations.models.talk import Comment, CommentHiding, Notice, NoticePreference, Rating, Report
from annotations.models.tasks import Draft, Lease, Skip, Task

__all__ = [
    "Artifact",
    "Assessment",
    "Comment",
    "CommentHiding",
    "Consensus",
    "Contributor",
    "Crowd",
    "Download",
    "Draft",
    "Event",
    "FigureKind",
    "GoldCredit",
    "GoldFlow",
    "GoldLayerType",
    "GoldWithdrawal",
    "KnownAnswer",
    "Lease",
    "Notice",
    "NoticePreference",
    "Rating",
    "Report",
    "Request",
    "Review",
    "ReviewRemark",
    "ReviewUndo",
    "Sanction",
    "Skip",
    "Submission",
    "Task",
    "Withdrawal",
]
