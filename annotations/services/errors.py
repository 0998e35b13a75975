"""Why a service did not do what it was asked. The message is for the person who asked."""

from __future__ import annotations

from annotations.services.permissions import Denied


class ServiceError(Exception):
    """Base of all; its text can be shown."""


class NotAllowed(ServiceError):
    """This person may not do that."""

    @classmethod
    def because(cls, denied: Denied) -> NotAllowed:
        return cls(denied.reason)


class Invalid(ServiceError):
    """What was sent can't be used."""


class Conflict(ServiceError):
    """Something else happened in the meantime."""


class StaleDraft(Conflict):
    """A newer draft is stored, perhaps from another window."""

    def __init__(self, revision: int) -> None:
        super().__init__(
            "A newer version of this draft was saved, perhaps in another window. Reload the page to go on from there."
        )
        self.revision = revision


class LeaseLost(Conflict):
    """The time ran out and somebody else has the task. The draft is kept."""

    def __init__(self) -> None:
        super().__init__(
            "Your time for this task ran out, and somebody else is at work on it. Your draft is kept, and you can go "
            "on if the task becomes free again."
        )


class TooMany(ServiceError):
    """Somebody does this too often; the message says when they can go on."""
