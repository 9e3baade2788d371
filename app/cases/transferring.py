"""A case passed on to another post, which offers the same service."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit import services as audit
from app.cases import changing, competence, grounds, queries, signals, telling
from app.cases.models import Case
from app.cases.rules import Action
from app.cases.talk import leaving
from app.catalogue.models import Post, Service, ServiceVersion, VersionState
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import Invalid


def list_targets(case: Case) -> Sequence[Post]:
    """Return the other posts that offer the service of a case now, by code."""
    return db.session.scalars(
        select(Post)
        .join(Service, Service.post_id == Post.id)
        .join(ServiceVersion, ServiceVersion.service_id == Service.id)
        .where(
            Service.code == case.service.code,
            Service.enabled,
            ServiceVersion.state == VersionState.PUBLISHED,
            Post.id != case.post_id,
        )
        .order_by(Post.code)
    ).all()


def may_transfer(case: Case, actor: Actor) -> bool:
    """Return whether this actor could pass the case on now, wherever to."""
    return Action.TRANSFERRED in competence.offers(changing.standing(case), actor)


def transfer(
    reference: str, post_code: str, *, ground: str, actor: Actor, seen: int, key: str
) -> Case:
    """Pass a case on to another post, with a reason, and return it.

    Reference, pinned version and promised day stay. Nobody has it in hand any more, its seat is
    given back, open questions among staff are closed: the old post does not see it from then on,
    and keeps the record that it left. Raises Invalid, with the field, for a post that does not
    offer the service or without a ground.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.TRANSFERRED, actor=actor, seen=seen)
    target = next((post for post in list_targets(case) if post.code == post_code), None)
    if target is None:
        raise Invalid(_l("Choose a post that offers this service."), field="post")
    ground = grounds.checked(ground)

    signals.leaving(case, actor)
    leaving.close(case)
    details = {"from": case.service.post.code, "to": target.code}
    _record_leaving(case, actor, details)
    _move(case, target)
    _time_deadline(case)
    case = changing.apply(case, Action.TRANSFERRED, actor=actor, key=key, details=details)
    grounds.keep(case, ground)
    return case


def _record_leaving(case: Case, actor: Actor, details: changing.Details) -> None:
    """Leave a trace in the record of the old post; the new one has that of the event."""
    audit.record(
        "case_left_post",
        actor=actor,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
        fields=details,
    )


def _move(case: Case, target: Post) -> None:
    case.service = db.session.scalars(
        select(Service).where(Service.post_id == target.id, Service.code == case.service.code)
    ).one()
    case.post_id = target.id
    case.offered_id = None
    db.session.flush()


def _time_deadline(case: Case) -> None:
    """Have a correction end with the day of the post that has the case now."""
    asked = queries.find_open_round(case.id)
    if asked is not None:
        telling.cancel_deadline(asked)
        telling.schedule_deadline(case, asked)
