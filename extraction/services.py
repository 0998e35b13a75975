"""Papers come in, wait, are read or fail. All writes of this app."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from extraction.dispatch import send_on_commit
from extraction.models import Figure, Paper, PaperEvent, paper_path
from extraction.plain import plain
from extraction.storage import store_once

logger = logging.getLogger(__name__)

READ_PAPER = "extraction.jobs.read_paper"
READ_FIGURE = "extraction.jobs.read_figure"
State = Paper.State
#: A lost message is sent again for the papers that are next in line; the rest of a long queue needs no reminder.
NEXT_IN_LINE = 20


class UploadError(ValueError):
    """A file that is not taken in. The message says why, for the person who sent it."""


class LostClaim(Exception):
    """This worker was taken for dead and another has the paper: what this one found no longer counts."""


# --- Coming in --------------------------------------------------------------------------------------------------------


def add_paper(*, file: BinaryIO | File[Any], name: str, uploaded_by: User | None) -> tuple[Paper, bool]:
    """Take in a PDF and put it in the queue.

    Returns the paper and whether it is new: a file that is already here, whatever its name, is found and not doubled.

    Raises:
        UploadError: the file is empty, too large or no PDF, or this person has too many papers waiting.
    """
    name = clean_name(name)
    sha256, size = _inspect(file, name)
    if paper := Paper.objects.filter(sha256=sha256).first():
        return paper, False
    if uploaded_by is not None:
        waiting = Paper.objects.filter(uploaded_by=uploaded_by, state__in=[State.QUEUED, State.READING]).count()
        if waiting >= settings.MAX_WAITING_PAPERS:
            raise UploadError(
                f"{waiting} of your papers are still waiting to be read. Upload “{name}” when some of them are done."
            )
    paper = Paper(sha256=sha256, file_name=name, size=size, uploaded_by=uploaded_by, heartbeat_at=timezone.now())
    paper.file.name = paper_path(paper, name)
    file.seek(0)
    store_once(default_storage, paper.file.name, File(file), size)
    try:
        with transaction.atomic():
            # Whether it is unique only the database can tell.
            paper.full_clean(validate_unique=False, validate_constraints=False)
            paper.save()
            _log(paper, "", State.QUEUED, actor=uploaded_by)
            send_on_commit(READ_PAPER, paper.pk)
    except IntegrityError:
        # The same file came in twice at the same moment; the other one was first.
        return Paper.objects.get(sha256=sha256), False
    return paper, True


def clean_name(name: str) -> str:
    """The last part of a stranger's file name, without signs that don't print."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable()).strip()[:255] or "paper.pdf"


def _inspect(file: BinaryIO | File[Any], name: str) -> tuple[str, int]:
    """SHA-256 and size of a file that looks like a PDF of a size that we read."""
    file.seek(0)
    digest = hashlib.sha256()
    size = 0
    while chunk := file.read(1 << 20):
        # Readers of PDF accept other bytes before the mark, within the first thousand.
        if size == 0 and b"%PDF-" not in chunk[:1024]:
            raise UploadError(f"“{name}” is not a PDF. Upload the paper as a PDF file.")
        size += len(chunk)
        if size > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // 1024 // 1024
            raise UploadError(f"“{name}” is larger than {limit} MB, the most that is read. Upload a smaller version.")
        digest.update(chunk)
    if size == 0:
        raise UploadError(f"“{name}” is empty. Choose the file again.")
    return digest.hexdigest(), size


def retry_paper(*, paper: Paper, actor: User | None) -> bool:
    """Put a paper that failed back in the queue. Returns False where it did not stand as failed (any more)."""
    with transaction.atomic():
        changed = Paper.objects.filter(pk=paper.pk, state=State.FAILED).update(
            state=State.QUEUED, stage="", message="", losses=0, heartbeat_at=timezone.now()
        )
        if changed:
            _log(paper, State.FAILED, State.QUEUED, actor=actor, note="tried again")
            send_on_commit(READ_PAPER, paper.pk)
    return bool(changed)


def read_figure_as(*, figure: Figure, kind: str) -> None:
    """Have a figure read by the reader of another kind than the classifier took it for."""
    send_on_commit(READ_FIGURE, figure.pk, kind)


def log_edit(*, paper: Paper, actor: User, fields: Iterable[str]) -> None:
    """Somebody put right what was read of the paper's head. Call it in the transaction of the change."""
    _log(paper, paper.state, paper.state, actor=actor, note=f"{', '.join(fields)} put right")


# --- Being read -------------------------------------------------------------------------------------------------------


def claim_paper(*, paper_id: int) -> Paper | None:
    """Take a waiting paper for this worker. `None` where it does not wait (any more): nothing is to be done then."""
    with transaction.atomic():
        taken = Paper.objects.filter(pk=paper_id, state=State.QUEUED).update(
            state=State.READING,
            stage="opening the file",
            pages_done=0,
            pages_total=0,
            attempt=F("attempt") + 1,
            heartbeat_at=timezone.now(),
        )
        if not taken:
            return None
        paper = Paper.objects.get(pk=paper_id)
        _log(paper, State.QUEUED, State.READING, note=f"attempt {paper.attempt}")
    return paper


def beat(*, paper: Paper) -> None:
    """The worker is alive."""
    _mine(paper).update(heartbeat_at=timezone.now())


def report_progress(*, paper: Paper, stage: str, done: int, total: int) -> None:
    """The worker got so far.

    Raises:
        LostClaim: another worker has the paper.
    """
    total = max(total, 0)
    changed = _mine(paper).update(
        stage=stage[:60], pages_done=min(max(done, 0), total), pages_total=total, heartbeat_at=timezone.now()
    )
    if not changed:
        raise LostClaim


def fail_paper(*, paper: Paper, message: str) -> None:
    """The paper can't be read. Does nothing where another worker has it."""
    message = plain(message)
    with transaction.atomic():
        if _mine(paper).update(state=State.FAILED, message=message, stage=""):
            _log(paper, State.READING, State.FAILED, note=message)


def _mine(paper: Paper) -> Any:
    return Paper.objects.filter(pk=paper.pk, state=State.READING, attempt=paper.attempt)


def lock_mine(paper: Paper) -> Paper:
    """The paper's row, held until the transaction ends.

    Raises:
        LostClaim: another worker has the paper.
    """
    locked: Paper | None = _mine(paper).select_for_update().first()
    if locked is None:
        raise LostClaim
    return locked


def finish_paper(*, paper: Paper, warnings: Iterable[str]) -> None:
    """The paper is read; call it in the transaction that stores what was found."""
    _mine(paper).update(
        state=State.READ, stage="", message="", losses=0, warnings=list(warnings), read_at=timezone.now()
    )
    _log(paper, State.READING, State.READ)


# --- Nothing hangs ----------------------------------------------------------------------------------------------------


def requeue_stale() -> int:
    """Find papers whose worker or message is lost, and send them again. Returns how many.

    Safe to run at any time, twice, and at the same time: each change names the state it starts from.
    """
    limit = timezone.now() - timedelta(seconds=settings.STALE_SECONDS)
    sent = 0
    for paper in Paper.objects.filter(state=State.READING, heartbeat_at__lt=limit):
        sent += _requeue_lost(paper, limit)
    waiting = Paper.objects.filter(state=State.QUEUED).order_by("pk")[:NEXT_IN_LINE]
    for paper in waiting:
        if paper.heartbeat_at is None or paper.heartbeat_at < limit:
            with transaction.atomic():
                changed = Paper.objects.filter(pk=paper.pk, state=State.QUEUED, heartbeat_at=paper.heartbeat_at).update(
                    heartbeat_at=timezone.now()
                )
                if changed:
                    send_on_commit(READ_PAPER, paper.pk)
                    sent += 1
    return sent


def _requeue_lost(paper: Paper, limit: Any) -> int:
    given_up = paper.losses + 1 >= settings.MAX_ATTEMPTS
    message = (
        f"Reading stopped without a word {paper.losses + 1} times, the last time while {paper.stage or 'starting'}. "
        "The file may be damaged or need more memory than there is. You can try again."
    )
    with transaction.atomic():
        changed = (
            _mine(paper)
            .filter(heartbeat_at__lt=limit)
            .update(
                state=State.FAILED if given_up else State.QUEUED,
                message=message if given_up else "",
                stage="",
                losses=F("losses") + 1,
                heartbeat_at=timezone.now(),
            )
        )
        if not changed:
            return 0
        _log(
            paper,
            State.READING,
            State.FAILED if given_up else State.QUEUED,
            note=message if given_up else "its worker gave no sign of life any more",
        )
        if not given_up:
            send_on_commit(READ_PAPER, paper.pk)
    return 0 if given_up else 1


def _log(paper: Paper, before: str, after: str, *, actor: User | None = None, note: str = "") -> None:
    PaperEvent.objects.create(paper=paper, actor=actor, before=before, after=after, note=note)
