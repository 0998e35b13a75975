"""Ratings and comments: on a network, on its code for one framework, on one of its elements."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from annotations.models import Artifact, Comment, CommentHiding, GoldFlow, GoldWithdrawal, Notice, Rating
from annotations.models.gold import FRAMEWORKS
from annotations.services import demand
from annotations.services.errors import Conflict, Invalid, NotAllowed, TooMany
from annotations.services.log import log
from annotations.services.notices import notify
from annotations.services.permissions import may_hide, may_rate, may_show, may_write
from annotations.talk_text import names, says_something, tidy
from extraction.plain import one_line, plain

MAX_TEXT = 4000
MAX_REASON = 500
#: Of one conversation; a longer one goes on in another.
MAX_REPLIES = 100
#: Of the people that a comment names, so many are told.
MAX_TOLD = 10
#: A comment about an element names it by at most so many signs (`Comment.element`).
MAX_ELEMENT = 200


# --- Stars ------------------------------------------------------------------------------------------------------------


def rate(*, gold: GoldFlow, user: User, stars: int, framework: str = "") -> Rating:
    """Give a network, or its code for one framework, one to five stars. Another time changes them.

    Raises:
        NotAllowed: not signed in, banned, or the network was made from their own answers.
        Invalid: other than one to five stars, or no such framework.
        Conflict: the network was withdrawn, or there is no such code that ran.
    """
    if denied := may_rate(user, gold):
        raise NotAllowed.because(denied)
    if stars not in range(1, 6):
        raise Invalid("Give one to five stars.")
    _known_framework(framework)
    with transaction.atomic():
        _offered(gold)
        if framework and not _runs(gold, framework):
            raise Conflict("Only code that was built and run can be rated.")
        rating, created = Rating.objects.select_for_update(of=("self",)).get_or_create(
            gold=gold, user=user, framework=framework, defaults={"stars": stars}
        )
        if created or rating.stars != stars:
            before = "" if created else str(rating.stars)
            rating.stars = stars
            rating.save(update_fields=["stars", "changed_at"])
            log("rate", actor=user, gold=gold, before=before, after=str(stars), note=framework)
            demand.refresh(figure=gold.figure)
    return rating


def take_rating_back(*, gold: GoldFlow, user: User, framework: str = "") -> None:
    """As if they had never rated. Safe to repeat."""
    with transaction.atomic():
        rating = (
            Rating.objects.select_for_update(of=("self",)).filter(gold=gold, user=user, framework=framework).first()
        )
        if rating is not None:
            rating.delete()
            log("rate", actor=user, gold=gold, before=str(rating.stars), note=framework)
            demand.refresh(figure=gold.figure)


def _known_framework(framework: str) -> None:
    if framework and framework not in dict(FRAMEWORKS):
        raise Invalid(f"Choose one of: {', '.join(dict(FRAMEWORKS))}.")


def _runs(gold: GoldFlow, framework: str) -> bool:
    return gold.artifacts.filter(framework=framework, state=Artifact.State.VERIFIED).exists()


def _offered(gold: GoldFlow) -> None:
    if GoldWithdrawal.objects.filter(gold=gold).exists():
        raise Conflict("This version was withdrawn; nothing can be said about it any more.")


# --- Comments ---------------------------------------------------------------------------------------------------------


def comment(
    *,
    gold: GoldFlow,
    user: User,
    text: str,
    key: UUID,
    framework: str = "",
    element: str = "",
    answers: Comment | None = None,
) -> Comment:
    """Say something about a network, its code or an element, or answer a comment. The same `key` twice is one comment.

    An answer is about what the comment is about; an answer to an answer belongs to the same conversation.

    Raises:
        NotAllowed: not signed in, muted or banned.
        Invalid: nothing said, too much said, or no such element or framework.
        Conflict: the key was used for something else, the comment was taken away, the conversation is long enough, or
            the network was withdrawn.
        TooMany: too many comments within an hour.
    """
    if denied := may_write(user):
        raise NotAllowed.because(denied)
    text = _text(text)
    first = _first(answers, gold)
    if first is not None:
        framework, element = first.framework, first.element
    else:
        _known_framework(framework)
        _known_element(gold, element)
    with transaction.atomic():
        # Comments of one person come one after another: then they can be counted, and a key is used once.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if earlier := Comment.objects.filter(user=user, key=key).first():
            if (earlier.gold_id, earlier.text) != (gold.pk, text):
                raise Conflict(
                    "This form was sent before with another text, which is there now. Send again to add this."
                )
            return earlier
        _not_too_many(user)
        _offered(gold)
        if first is not None:
            _open_for_answers(first)
        said = Comment.objects.create(
            gold=gold, user=user, framework=framework, element=element, answers=first, text=text, key=key
        )
        log("comment", actor=user, gold=gold, after=f"comment {said.pk}", note=about(said))
        _tell(said, answered=answers)
    return said


def _text(text: str) -> str:
    text = tidy(plain(text))
    if not says_something(text):
        raise Invalid("Write something first.")
    if len(text) > MAX_TEXT:
        raise Invalid(f"A comment has at most {MAX_TEXT:,} characters; this one has {len(text):,}. Shorten it.")
    return text


def _first(answers: Comment | None, gold: GoldFlow) -> Comment | None:
    """The comment that began the conversation."""
    if answers is None:
        return None
    first = answers.answers or answers
    # A conversation goes on below a newer version of the same network.
    if first.gold.figure_id != gold.figure_id:
        raise Invalid("This comment is about another network.")
    return first


def _known_element(gold: GoldFlow, element: str) -> None:
    if element and (len(element) > MAX_ELEMENT or element not in elements(gold)):
        raise Invalid(f"This network has no layer or connection “{one_line(plain(element))[:60]}”.")


def layers_of(gold: GoldFlow) -> dict[str, str]:
    """The layers that can be talked about, each with its name."""
    return {layer["id"]: layer.get("name") or layer["id"] for layer in gold.flow.get("layers", ())}


def connections_of(gold: GoldFlow) -> dict[str, str]:
    """The connections that can be talked about ("c1>p1"), each with the names of its layers."""
    layers = layers_of(gold)
    return {
        f"{line['source']}>{line['target']}": f"{layers[line['source']]} → {layers[line['target']]}"
        for line in gold.flow.get("connections", ())
    }


def elements(gold: GoldFlow) -> dict[str, str]:
    return connections_of(gold) | layers_of(gold)


def _not_too_many(user: User) -> None:
    hour = timezone.now() - timedelta(hours=1)
    if Comment.objects.filter(user=user, created_at__gt=hour).count() >= settings.COMMENTS_PER_HOUR:
        raise TooMany(f"You have written {settings.COMMENTS_PER_HOUR} comments within an hour. Go on a little later.")


def _open_for_answers(first: Comment) -> None:
    hiding = first.hidings.last()
    if hiding is not None and hiding.hidden:
        raise Conflict("This comment was taken away meanwhile; it can't be answered any more.")
    if first.replies.count() >= MAX_REPLIES:
        raise Conflict("This conversation has become long. Begin another one.")


def _tell(said: Comment, *, answered: Comment | None) -> None:
    """Tell who is answered, and who is named; each person once. What is said stands on the site only: so nobody can
    send strangers their own words through our mails."""
    url = reverse("comment", args=[said.pk])
    where = f"{about(said)} (No. {said.gold_id})"
    told = {said.user_id}
    for other in (answered, said.answers):
        if other is not None and other.user_id not in told:
            told.add(other.user_id)
            notify(
                user=other.user,
                kind=Notice.Kind.REPLY,
                text=f"{said.user.username} answers your comment on {where}.",
                url=url,
                key=f"reply-{said.pk}",
                actor=said.user,
            )
    mentioned = User.objects.filter(username__in=names(said.text), is_active=True).exclude(pk__in=told)
    for user in mentioned.order_by("pk")[:MAX_TOLD]:
        notify(
            user=user,
            kind=Notice.Kind.MENTION,
            text=f"{said.user.username} mentions you in a comment on {where}.",
            url=url,
            key=f"mention-{said.pk}",
            actor=said.user,
        )


def about(said: Comment, *, by_name: bool = True) -> str:
    """What a comment is about, in words: "c1 of LeNet", "the Keras code of LeNet", "LeNet".

    Without `by_name` an element stands with its id: then the flow needn't be loaded.
    """
    title = one_line(said.gold.title)
    if said.element:
        names_of = elements(said.gold) if by_name else {}
        return f"{names_of.get(said.element) or said.element.replace('>', ' → ')} of {title}"
    return f"the {said.get_framework_display()} code of {title}" if said.framework else title


# --- Away and back ----------------------------------------------------------------------------------------------------


def hide(*, comment: Comment, actor: User, reason: str = "") -> CommentHiding:
    """Take a comment off the page: its author, or a moderator who says why. It stays stored. Twice is once.

    Raises:
        NotAllowed, Invalid
    """
    if denied := may_hide(actor, comment):
        raise NotAllowed.because(denied)
    own = actor.pk == comment.user_id
    reason = _reason(reason, needed=not own)
    with transaction.atomic():
        newest = _newest_hiding(comment)
        if newest is not None and newest.hidden:
            return newest
        hiding = CommentHiding.objects.create(comment=comment, hidden=True, actor=actor, reason=reason)
        _hiding_done(hiding, "A moderator took your comment on {} away: {}")
    return hiding


def show(*, comment: Comment, actor: User, reason: str = "") -> CommentHiding:
    """Put a comment back: its author where they took it away themselves, otherwise a moderator who says why.

    Raises:
        NotAllowed, Invalid
        Conflict: it was never taken away.
    """
    own = actor.pk == comment.user_id
    with transaction.atomic():
        newest = _newest_hiding(comment)
        if newest is None:
            raise Conflict("This comment is on the page.")
        if denied := may_show(actor, comment, newest):
            raise NotAllowed.because(denied)
        if not newest.hidden:
            return newest
        reason = _reason(reason, needed=not own)
        hiding = CommentHiding.objects.create(comment=comment, hidden=False, actor=actor, reason=reason)
        _hiding_done(hiding, "A moderator put your comment on {} back: {}")
    return hiding


def _newest_hiding(comment: Comment) -> CommentHiding | None:
    """Whether it is on the page or not, with the comment held, so that nobody else changes it."""
    Comment.objects.select_for_update(no_key=True).get(pk=comment.pk)
    return comment.hidings.last()


def _reason(reason: str, *, needed: bool) -> str:
    reason = one_line(plain(reason))
    if needed and not says_something(reason):
        raise Invalid("Say why, so that its author can learn from it.")
    if len(reason) > MAX_REASON:
        raise Invalid(f"Say why in at most {MAX_REASON} characters.")
    return reason


def _hiding_done(hiding: CommentHiding, text: str) -> None:
    said = hiding.comment
    log(
        "hide comment" if hiding.hidden else "show comment",
        actor=hiding.actor,
        gold=said.gold,
        person=said.user,
        before=f"comment {said.pk}, {'shown' if hiding.hidden else 'hidden'}",
        after="hidden" if hiding.hidden else "shown",
        note=hiding.reason,
    )
    notify(
        user=said.user,
        kind=Notice.Kind.DECISION,
        text=text.format(about(said), hiding.reason),
        url=reverse("comment", args=[said.pk]),
        key=f"hiding-{hiding.pk}",
        actor=hiding.actor,
    )
