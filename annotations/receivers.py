"""What this app does when something happens in others."""

from __future__ import annotations

from typing import Any

from annotations.services.demo import STAGE_DEMO, is_wanted
from annotations.services.task_creation import create_tasks
from annotations.services.training import HAND_OVER
from extraction.dispatch import send_on_commit
from extraction.models import Paper


def ask_about(paper: Paper, **kwargs: Any) -> None:
    """A paper was read: ask people about its figures."""
    create_tasks(paper=paper)
    if is_wanted(paper):
        send_on_commit(STAGE_DEMO)


def hand_over(created: bool = False, **kwargs: Any) -> None:
    """Something was settled, or taken back: what is learned from changes."""
    if created:
        send_on_commit(HAND_OVER)
