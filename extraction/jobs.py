"""What workers do for this app."""

from __future__ import annotations

import logging
import tempfile
from functools import partial
from pathlib import Path

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from extraction import services, storing
from extraction.flow.model import Flow
from extraction.heartbeat import beating
from extraction.models import Figure
from extraction.pdf.model import PdfError

logger = logging.getLogger(__name__)


@shared_task(name=services.READ_PAPER, soft_time_limit=settings.READ_SECONDS)  # type: ignore[untyped-decorator]
def read_paper(paper_id: int) -> None:
    """Read one waiting paper. Sent twice, it is read once."""
    paper = services.claim_paper(paper_id=paper_id)
    if paper is None:
        return

    def progress(stage: str, done: int, total: int) -> None:
        services.report_progress(paper=paper, stage=stage, done=done, total=total)

    with (
        tempfile.TemporaryDirectory(prefix="dlp2c-") as name,
        beating(partial(services.beat, paper=paper), every=settings.HEARTBEAT_SECONDS),
    ):
        folder = Path(name)
        try:
            from extraction import pipeline  # heavy: only a worker that reads pays for it

            result = pipeline.read_paper(Path(paper.file.path), folder, progress=progress)
            storing.store_result(paper=paper, result=result, folder=folder)
        except services.LostClaim:
            logger.warning("Paper %s was given to another worker", paper.pk)
        except PdfError as error:
            services.fail_paper(paper=paper, message=str(error))
        except SoftTimeLimitExceeded:
            minutes = settings.READ_SECONDS // 60
            services.fail_paper(paper=paper, message=f"Reading took longer than {minutes} minutes and was stopped.")
        except Exception:
            logger.exception("Paper %s could not be read", paper.pk)
            services.fail_paper(
                paper=paper,
                message="Something in this paper confused the reader; the administrators find the details in the log "
                f"under paper {paper.pk}. You can try again.",
            )


@shared_task(name=services.READ_FIGURE)  # type: ignore[untyped-decorator]
def read_figure(figure_id: int, kind: str) -> None:
    """Read one figure as of a kind that people told. Sent twice, it is read once."""
    figure = Figure.objects.select_related("paper").get(pk=figure_id)
    if storing.is_read_as(figure, kind):
        return
    try:
        flow = _flow(figure, kind)
    except Exception:
        # That nothing was found is a reading as well: a person starts from an empty sheet.
        logger.exception("Figure %s could not be read as %s", figure.pk, kind)
        flow = Flow()
    storing.store_figure_reading(figure=figure, kind=kind, flow=flow)


def _flow(figure: Figure, kind: str) -> Flow:
    from extraction.pdf import open_safely
    from extraction.readers import read

    found = open_safely(Path(figure.paper.file.path)).figures[figure.position]
    if found.region.number != figure.number:
        raise LookupError(f"figure {figure.number} stands no more at place {figure.position} of the paper")
    return read(found, kind)


@shared_task  # type: ignore[untyped-decorator]
def requeue_stale() -> None:
    services.requeue_stale()
