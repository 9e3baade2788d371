"""Writing the texts of a post, going back to the shipped ones, and trying a text on oneself.

Each function works in the caller's transaction.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts import queries as accounts
from app.accounts import staff_mail, throttle
from app.audit import services as audit
from app.catalogue.models import Post
from app.core import clock, i18n
from app.core.actor import Actor
from app.core.db import db, new_uid
from app.core.errors import Conflict, Invalid, NotFound
from app.notifications import events, services
from app.notifications.templates import (
    applying,
    examples,
    offered,
    previews,
    queries,
    rules,
    shipped,
)
from app.notifications.templates.models import MessageTemplate
from app.notifications.templates.queries import Place
from app.notifications.templates.rules import Words

TRIED = throttle.Limit(name="template_trial", most=10, window=timedelta(hours=1))
"""How often somebody may send a text to themselves, in all languages each time."""
NO_ADDRESS = _l("Your account has no address for e-mail, so no test can be sent to it.")


def save(
    place: Place,
    texts: Mapping[str, Words],
    *,
    seen: int,
    confirmed: Collection[str] = (),
    actor: Actor,
) -> MessageTemplate:
    """Write the next version of a text and return it; without words it is the shipped one again.

    A language without words, or in which they are those that are shipped, has the shipped text.
    Raises NotFound for an event that no post may write, Invalid for what rules.faults finds, and
    Conflict when somebody has written a version since `seen`.
    """
    stands = _shipped(place)
    said = {one: words for one, words in _checked(place, texts).items() if words != stands[one]}
    before = _lock(place, seen)
    made_from = rules.sources(
        before.words if before else {},
        said,
        before.made_from if before else {},
        main=main_language(place.post_id),
        confirmed=confirmed,
    )
    row = _row(place, said, made_from, actor, number=seen + 1)
    _add(row)
    _record("message_template.saved" if said else "message_template.reset", row, actor)
    return row


def try_on_oneself(place: Place, texts: Mapping[str, Words], *, actor: Actor) -> int:
    """Send a text to the address of who writes it, in each language; return how many mails go.

    The text is kept as a row that no message of a citizen is ever written with. Raises Invalid
    for what rules.faults finds or without an address, TooMany past ten tests in an hour.
    """
    stands = _shipped(place)
    said = _checked(place, {one: texts.get(one) or words for one, words in stands.items()})
    staff = accounts.get_staff(actor.id or 0)
    address = staff_mail.address_of(staff)
    if address is None:
        raise Invalid(NO_ADDRESS)
    throttle.count(TRIED, str(staff.id))
    row = _row(place, said, {}, actor, number=None)
    _add(row)
    payload = examples.payload(events.EVENTS[place.event], place.post_id)
    for language in i18n.LANGUAGES:
        services.tell_address(
            place.event,
            address=address,
            language=language,
            dedupe=f"template_trial/{new_uid()}",
            payload={**payload, applying.TRIAL: place.kind.value},
            template_id=row.id,
            post_id=place.post_id,
        )
    _record("message_template.tried", row, actor)
    return len(i18n.LANGUAGES)


def main_language(post_id: int) -> str:
    """Return the language of a post from which the others are translated."""
    return str(db.session.get_one(Post, post_id).languages[0])


def _shipped(place: Place) -> dict[str, Words]:
    if not offered.is_offered(place.event):
        raise NotFound()
    return shipped.in_languages(place.event, place.kind)


def _checked(place: Place, texts: Mapping[str, Words]) -> dict[str, Words]:
    """Return what is said at all, with fields as they are looked up."""
    event = events.EVENTS[place.event]
    said = {}
    for language, typed in texts.items():
        words = Words(subject=rules.normalised(typed.subject), body=rules.normalised(typed.body))
        if not words:
            continue
        wrong = rules.faults(
            words,
            place.kind,
            fields=offered.fields_of(event, place.kind),
            wanted=shipped.wanted_of(event, place.kind),
        )
        if wrong or previews.too_long(place, language, words):
            raise Invalid()
        said[language] = words
    return said


def _lock(place: Place, seen: int) -> MessageTemplate | None:
    """Return the version that stands; raise Conflict unless it is the one that was seen."""
    # Whoever comes second waits here, and is told.
    db.session.scalar(select(Post.id).where(Post.id == place.post_id).with_for_update())
    before = queries.find_current(place)
    if (before.number if before else 0) != seen:
        raise Conflict()
    return before


def _row(
    place: Place,
    said: Mapping[str, Words],
    made_from: Mapping[str, str],
    actor: Actor,
    *,
    number: int | None,
) -> MessageTemplate:
    return MessageTemplate(
        post_id=place.post_id,
        service_id=place.service_id,
        event=place.event,
        kind=place.kind,
        number=number,
        texts={one: {"subject": w.subject, "body": w.body} for one, w in said.items()},
        made_from=dict(made_from),
        replaces=bool(said),
        created_at=clock.now(),
        created_by=actor.id,
    )


def _add(row: MessageTemplate) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        raise Conflict() from None


def _record(action: str, row: MessageTemplate, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="message_template",
        object_uid=row.uid,
        post_id=row.post_id,
        fields={
            "event": row.event,
            "kind": row.kind.value,
            "number": row.number,
            "languages": sorted(row.texts),
            "for_one_service": row.service_id is not None,
        },
    )
