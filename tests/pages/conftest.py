"""A small site: a paper at every stage, questions of both kinds, an answer that waits, a network with code."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import builders


@dataclass
class World:
    volunteer: Any
    moderator: Any
    administrator: Any
    #: Papers: read with an approved network, read with open questions, waiting, failed.
    done: Any
    open: Any
    waiting: Any
    failed: Any
    gold: Any
    #: Tasks.
    correct: Any
    classify: Any
    in_review: Any


def give_code(gold: Any, *, fail: str = "") -> None:
    """Code for all frameworks, as if it had been built and run; `fail` names one that did not."""
    from annotations.models import Artifact
    from extraction.codegen import generate
    from extraction.flow.model import Flow

    for artifact in gold.artifacts.all():
        code = generate(Flow.from_dict(gold.flow), artifact.framework, citation=gold.paper.citation)
        artifact.state = Artifact.State.FAILED if artifact.framework == fail else Artifact.State.VERIFIED
        artifact.message = "Out of memory" if artifact.framework == fail else ""
        artifact.filename, artifact.source = code.filename, code.source
        artifact.lines = {layer: list(span) for layer, span in code.lines.items()}
        artifact.proof = {"parameters": 61706, "versions": {artifact.framework: "3.15.1"}}
        artifact.finished_at = timezone.now()
        artifact.save()


def ask_kind(paper: Any) -> Any:
    """A question about the kind of the paper's first figure."""
    from annotations.models import Task

    return Task.objects.create(kind=Task.Kind.CLASSIFY, paper=paper, figure=paper.figures.get(position=0))


def build(folder: Path, make_user: Callable[..., Any], *, flow: dict[str, Any] = builders.LENET, **head: Any) -> World:
    from annotations.models import GoldFlow
    from annotations.services.review import decide
    from annotations.services.task_creation import create_tasks
    from extraction.services import claim_paper, fail_paper

    volunteer = make_user("volunteer")
    moderator = make_user("moderator", "moderator")
    other = make_user("other")

    def read(text: str, owner: Any = None) -> Any:
        paper = builders.read(builders.make_paper(text, uploaded_by=owner), folder / text, [flow], **head)
        create_tasks(paper=paper)
        return paper

    done = read("done", volunteer)
    approved = builders.answer(done.tasks.get(), volunteer, flow, comment="As printed.")
    decide(submission=approved, moderator=moderator, decision="approve")
    gold = GoldFlow.objects.get()
    give_code(gold, fail="caffe")

    asked = read("open")
    waits = read("in review")
    builders.answer(waits.tasks.get(), other, flow | {"layers": flow["layers"][:-1], "connections": []})
    question = ask_kind(asked)
    waiting = builders.make_paper("waiting", uploaded_by=volunteer)
    broken = builders.make_paper("failed", uploaded_by=volunteer)
    claimed = claim_paper(paper_id=broken.pk)
    assert claimed is not None
    fail_paper(paper=claimed, message="The file is locked by a password.")
    broken.refresh_from_db()
    return World(
        volunteer=volunteer,
        moderator=moderator,
        administrator=make_user("administrator", "administrator"),
        done=done,
        open=asked,
        waiting=waiting,
        failed=broken,
        gold=gold,
        correct=asked.tasks.get(kind="correct"),
        classify=question,
        in_review=waits.tasks.get(),
    )


@pytest.fixture
def world(db: None, tmp_path: Path, make_user: Callable[..., Any]) -> World:
    return build(tmp_path, make_user)


@pytest.fixture
def as_(world: World) -> Callable[[str], Client]:
    """A browser of a visitor (`as_("")`) or of a person of the world (`as_("moderator")`)."""

    def make(name: str) -> Client:
        client = Client()
        if name:
            client.force_login(getattr(world, name))
        return client

    return make


# --- The browser ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium where it is there, otherwise Playwright's own."""
    # From here on Playwright's loop runs in this thread, to the session's end; Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    found = shutil.which("chromium")
    path = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **path, "args": ["--no-sandbox", "--disable-gpu"]}
