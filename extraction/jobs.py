"""What workers do for this app."""

from __future__ import annotations

import logging
import tempfile
from functools import partial
from pathlib import Path

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from extraction import classifier, retraining, services, storing
from extraction.flow.model import Flow
from extraction.heartbeat import beating
from extraction.models import Figure
from extraction.pdf.model import PdfError

logger = logging.getLogger(__name__)


@shared_task(name=services.READ_PAPER, soft_time_limit=settings.READ_SECONDS)
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

            present = classifier.present()
            result = pipeline.read_paper(
                Path(paper.file.path),
                folder,
                progress=progress,
                head=present.head,
                with_words=settings.CLASSIFY_WITH_WORDS,
            )
            storing.store_result(paper=paper, result=result, folder=folder, classifier=present.version)
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


@shared_task(name=services.READ_FIGURE)
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


@shared_task(name=retraining.RETRAIN, soft_time_limit=settings.READ_SECONDS)
def retrain(run_id: int) -> None:
    """Carry one waiting retraining to its end. Sent twice, it is done once."""
    run = retraining.claim(run_id=run_id)
    if run is None:
        return
    with beating(partial(retraining.beat, run=run), every=settings.HEARTBEAT_SECONDS):
        try:
            from extraction import learning  # heavy: only a worker that learns pays for it

            learning.work(run)
        except retraining.LostClaim:
            logger.warning("%s was given to another worker", run)
        except SoftTimeLimitExceeded:
            retraining.fail(run=run, message=f"It took longer than {settings.READ_SECONDS // 60} minutes.")
        except Exception as error:
            logger.exception("%s failed", run)
            retraining.fail(run=run, message=f"{error or type(error).__name__} ({type(error).__name__})")


@shared_task
def requeue_stale() -> None:
    services.requeue_stale()
    retraining.requeue_stale()
    retraining.start_if_due()


@shared_task
def simulate_shard(folder: str, start: int) -> None:
    """Fill a shard of a simulated data set, in a folder that all workers see. Sent twice, it gives the same files."""
    from extraction.simulate import plan, shards  # heavy

    what = plan.load(Path(folder))
    shard = next(shard for shard in what.shards() if shard.start == start)
    if not shards.is_done(Path(folder), shard):
        shards.fill(Path(folder), what, shard)
