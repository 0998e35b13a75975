"""The mails that notices are sent as: plain text, with a link that ends them."""

from __future__ import annotations

import logging
import smtplib
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from annotations.models import Notice
from annotations.services.errors import Invalid

logger = logging.getLogger(__name__)

_SALT = "annotations.notices.off"
MAX_SUBJECT = 150


class Unreachable(Exception):
    """The mail server does not take mails right now."""


def site_url(path: str) -> str:
    """A path of this site as an address that works from elsewhere."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def make_token(*, user_id: int, kind: str) -> str:
    """What the link carries that switches mails of this kind off. It is signed, and good for ever: mails get old."""
    return signing.Signer(salt=_SALT).sign_object([user_id, kind])


def read_token(token: str) -> tuple[int, str]:
    """Whose mails of which kind a link switches off.

    Raises:
        Invalid: it was not made here.
    """
    try:
        user_id, kind = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise Invalid("This link is not whole. Copy all of it from the mail, or use your settings.") from error
    if kind not in Notice.Kind.values:
        raise Invalid("Mails of this kind are no longer sent.")
    return user_id, kind


def compose(notice: Notice, *, to: str) -> EmailMessage:
    """The mail of a notice, whose `user` is loaded."""
    off = site_url(reverse("notices-off", args=[make_token(user_id=notice.user_id, kind=notice.kind)]))
    context = {
        "notice": notice,
        "url": site_url(notice.url),
        "off": off,
        "settings": site_url(reverse("notice-settings")),
    }
    subject = f"[DLPaper2Code] {notice.text}"
    return EmailMessage(
        subject=subject if len(subject) <= MAX_SUBJECT else f"{subject[: MAX_SUBJECT - 1]}…",
        body=render_to_string("notices/mail.txt", context),
        to=[to],
        headers={
            # RFC 8058: a mail program shows a button for it, and presses it by a POST.
            "List-Unsubscribe": f"<{off}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            # No counter and no machine's name: the address of the site says enough.
            "Message-ID": make_msgid(f"notice-{notice.pk}", domain=urlsplit(settings.SITE_URL).hostname or "localhost"),
        },
    )


def send(message: EmailMessage, connection: Any) -> int:
    """Hand a mail to the server. Returns 1, or 0 where the server will never take it.

    Raises:
        Unreachable: it may take it later.
    """
    message.connection = connection
    try:
        connection.open()  # for this mail and those after it
        return message.send()
    except smtplib.SMTPRecipientsRefused as error:
        _judge([code for code, _ in error.recipients.values()], error)
    except smtplib.SMTPResponseException as error:
        _judge([error.smtp_code], error)
    except OSError as error:  # of which all errors of SMTP are some
        raise Unreachable(str(error) or type(error).__name__) from error
    return 0


def _judge(codes: list[int], error: Exception) -> None:
    """Codes from 500 are for ever, save those of a log-in: then no mail at all goes out until somebody repairs it."""
    if isinstance(error, smtplib.SMTPAuthenticationError) or min(codes, default=0) < 500:
        raise Unreachable(str(error)) from error
    logger.error("The mail server refuses a mail for good: %s", error)
