"""Headers, roles, files: what the site gives to whom."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from annotations.services.permissions import group_names, is_administrator, is_moderator
from extraction.models import Figure, Paper
from tests.builders import make_paper, pdf_bytes, read

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def test_every_answer_carries_a_strict_policy(client: Client) -> None:
    headers = client.get("/healthz").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_site_says_whether_it_is_up(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_people_sign_up_with_a_name_and_a_password(client: Client) -> None:
    response = client.post(
        "/accounts/signup/", {"username": "ada", "password1": "analytical-engine", "password2": "analytical-engine"}
    )
    assert response.status_code == 302
    user = User.objects.get(username="ada")
    assert group_names(user) == frozenset()
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize("name", ["../admin", "a b", "<script>", "x" * 41, "-dash"])
def test_names_that_do_not_fit_an_address_are_refused(client: Client, name: str) -> None:
    client.post(
        "/accounts/signup/", {"username": name, "password1": "analytical-engine", "password2": "analytical-engine"}
    )
    assert not User.objects.exists()


def test_roles(volunteer: User, moderator: User, administrator: User) -> None:
    assert [is_moderator(user) for user in (volunteer, moderator, administrator)] == [False, True, True]
    assert [is_administrator(user) for user in (volunteer, moderator, administrator)] == [False, False, True]
    moderator.is_active = False
    assert not is_moderator(moderator)


def test_anybody_sees_a_figure_and_it_is_not_sent_twice(client: Client, tmp_path: Path) -> None:
    read(make_paper(), tmp_path)
    number = Figure.objects.get().pk
    address = f"/files/figures/{number}.png"
    response: Any = client.get(address)
    assert response.headers["Content-Type"] == "image/png"
    assert b"".join(response.streaming_content).startswith(b"\x89PNG")
    assert client.get(address, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    assert client.get(f"/files/figures/{number + 1}.png").status_code == 404


def test_a_pdf_goes_to_its_uploader_and_moderators_only(
    client: Client, volunteer: User, moderator: User, make_user: Callable[..., User]
) -> None:
    paper: Paper = make_paper(uploaded_by=volunteer)
    address = f"/files/papers/{paper.pk}.pdf"
    assert client.get(address).status_code == 403
    client.force_login(make_user("other"))
    assert client.get(address).status_code == 403
    for user in (volunteer, moderator):
        client.force_login(user)
        response: Any = client.get(address)
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert b"".join(response.streaming_content) == pdf_bytes()


def test_uploads_lie_in_no_folder_that_is_served(client: Client) -> None:
    paper: Paper = make_paper()
    for address in (f"/media/{paper.file.name}", f"/static/{paper.file.name}", f"/{paper.file.name}"):
        assert client.get(address).status_code == 404


def test_the_example_is_seeded_once(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    for _ in range(2):
        call_command("seed_demo")
    assert User.objects.exclude(groups__name="demo").count() == 3
    assert Paper.objects.get().file_name == "tinynet.pdf"
    assert is_moderator(User.objects.get(username="moderator"))
    assert User.objects.get(username="admin").is_superuser
    assert "moderator / moderator" in capsys.readouterr().out
    settings.DEPLOYED = True
    with pytest.raises(CommandError, match="everybody knows"):
        call_command("seed_demo")


def test_ingesting_names_what_it_refuses_and_takes_the_rest(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "good.PDF").write_bytes(pdf_bytes())
    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "note.txt").write_text("no paper")
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError, match="1 of 2"):
        call_command("ingest_papers", str(tmp_path), stdout=out, stderr=err)
    assert "1 new, 0 known, 1 refused" in out.getvalue()
    assert "empty.pdf: “empty.pdf” is empty" in err.getvalue()
    with pytest.raises(CommandError, match="is not there"):
        call_command("ingest_papers", str(tmp_path / "missing"))


def test_the_web_process_loads_nothing_heavy() -> None:
    script = (
        "import sys, django; django.setup(); import dlp2c_site.urls\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "heavy = {'keras', 'jax', 'torch', 'tensorflow', 'cv2', 'onnxruntime', 'pymupdf', 'sklearn', 'rapidocr'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "dlp2c_site.settings"}
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert run.stdout == "[]\n", run.stdout + run.stderr
