"""Mails about accounts."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib import messages
from django.http import HttpRequest

logger = logging.getLogger(__name__)

SENT = "account/messages/email_confirmation_sent.txt"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody's sign-up fails because the mail server is away: the page says that no mail came."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().send_mail(*args, **kwargs)
        except OSError as error:  # of which all errors of SMTP are some
            logger.error("A mail about an account could not be sent: %s", error)
            context.request.no_mail = True
            messages.error(context.request, "The mail could not be sent now. Ask for it again a little later.")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template != SENT or not hasattr(request, "no_mail"):
            super().add_message(request, level, message_template, *args, **kwargs)
