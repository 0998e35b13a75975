"""Which version of the classifier answers: the one promoted last, or the head that comes with the installation.

Asked anew for each job and page, by the database: so every process answers with a version from the moment on that it
was promoted. A version whose stored bytes are gone or changed is not used; the built-in head answers then.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from functools import lru_cache

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from extraction.classify import MODEL_VERSION
from extraction.classify.head import Head, HeadError
from extraction.models import Promotion, TrainingRun
from extraction.storage import store_once

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Present:
    """The version in use."""

    version: str
    head: Head
    #: Where it comes from; none: with the installation.
    run: TrainingRun | None
    #: Number of the promotion; 0 before the first one.
    number: int
    #: Why the promoted version is not the one in use, where that is so.
    problem: str = ""


def newest_promotion() -> Promotion | None:
    return Promotion.objects.select_related("run").defer("run__release", "run__log").order_by("number").last()


def present() -> Present:
    """The version in use now."""
    newest = newest_promotion()
    number = newest.number if newest else 0
    if newest is None or newest.run is None:
        return Present(MODEL_VERSION, _built_in(), None, number)
    try:
        return Present(newest.version, _load(newest.run.artifact_sha256), newest.run, number)
    except (HeadError, OSError) as error:
        logger.error("Version %s of the classifier can't be used, the built-in one answers: %s", newest.version, error)
        problem = f"Version {newest.version} can't be used, so the built-in one answers: {error}"
        return Present(MODEL_VERSION, _built_in(), None, number, problem)


def artifact_name(sha256: str) -> str:
    return f"classifier/{sha256[:2]}/{sha256}.npz"


def store_artifact(content: bytes) -> str:
    """Store a head under the SHA-256 of its bytes, which is returned."""
    sha256 = hashlib.sha256(content).hexdigest()
    store_once(default_storage, artifact_name(sha256), ContentFile(content), len(content))
    return sha256


@lru_cache(maxsize=1)
def _built_in() -> Head:
    return Head.load()


@lru_cache(maxsize=4)
def _load(sha256: str) -> Head:
    """Raises `HeadError` and `OSError`; what was raised is not remembered."""
    with default_storage.open(artifact_name(sha256), "rb") as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise HeadError("its stored bytes have changed")
    return Head.from_bytes(content, artifact_name(sha256))


def check_artifact(run: TrainingRun) -> None:
    """Raises `HeadError` where the bytes of a version can't be used."""
    try:
        _load(run.artifact_sha256)
    except OSError as error:
        raise HeadError(f"its file is gone: {error}") from error
