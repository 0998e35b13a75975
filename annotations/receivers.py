"""What this app does when something happens in others."""

from __future__ import annotations

from typing import Any

from annotations.services.task_creation import create_tasks
from extraction.models import Paper


def ask_about(paper: Paper, **kwargs: Any) -> None:
    """A paper was read: ask people about its figures."""
    create_tasks(paper=paper)
