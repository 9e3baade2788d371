"""Bringing posts and services in, and publishing what was drafted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext
from sqlalchemy import func, select

from app.audit import services as audit
from app.catalogue import queries, rates, translation
from app.catalogue.definition import document as definitions
from app.catalogue.definition.document import Definition
from app.catalogue.models import (
    Closure,
    Post,
    Service,
    ServiceVersion,
    Site,
    VersionState,
)
from app.catalogue.translation import Spot, Work
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import Actor
from app.core.db import Texts, db
from app.core.errors import Conflict, Invalid


class Untranslated(Invalid):
    """A language that the post requires is missing somewhere, or older than its source."""

    def __init__(self, work: Sequence[Work]) -> None:
        super().__init__(
            lazy_ngettext(
                "Not published: %(num)s text still needs a translation.",
                "Not published: %(num)s texts still need a translation.",
                len(work),
            ),
            field=work[0].text.place,
        )
        self.work = tuple(work)


def save_draft(
    post: Post,
    definition: Definition,
    *,
    actor: Actor,
    seen: int | None = None,
    what: str | None = None,
    confirmed: Collection[Spot] = (),
) -> Service:
    """Store a definition as the draft of its service, which is made when it is new.

    `seen` is the revision of the draft that the admin looked at, 0 for a service that is to be
    new; Conflict when it has gone on. `what` says in the audit which part was changed, and how.
    `confirmed` are translations that the admin found right although their source has changed.
    """
    service = _lock_by_code(post, definition.code)
    if service is None:
        service = Service(post_id=post.id, code=definition.code)
        db.session.add(service)
    else:
        if seen is not None:
            check_seen(service, seen)
        service.draft_revision += 1
    if service.id is None or published_version(service) is None:
        # A draft that nobody published moves nothing that citizens see.
        _list_as(service, definition)
    draft = definitions.dump(definition)
    service.translated = translation.updated(
        service.translated or {}, before=service.draft, after=draft, confirmed=confirmed
    )
    service.draft = draft
    service.draft_changed_at = clock.now()
    db.session.flush()
    _record("service.draft_saved", service, actor, **({"what": what} if what else {}))
    return service


def _lock_by_code(post: Post, code: str) -> Service | None:
    return db.session.scalar(
        select(Service)
        .options(*queries.with_draft())
        .where(Service.post_id == post.id, Service.code == code)
        .with_for_update(of=Service, key_share=True)
        .execution_options(populate_existing=True)
    )


def check_seen(service: Service, seen: int) -> None:
    """Raise Conflict when the draft has gone on since its revision was looked at."""
    if seen != service.draft_revision:
        raise Conflict(_l("This draft was changed in another window or by somebody else."))


def is_known(post: Post, code: str) -> bool:
    """Return whether the post has a service of this code, published or not."""
    query = select(Service.id).where(Service.post_id == post.id, Service.code == code)
    return db.session.scalar(query) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an admin looked at: the revision of the draft, and the published number or 0."""

    draft: int
    published: int


def publish(service: Service, *, actor: Actor, seen: Seen | None = None) -> ServiceVersion:
    """Make the draft the version on which new cases start; old cases keep theirs.

    Raises Untranslated when a language that the post requires is missing or stale somewhere,
    Invalid when a step can be taken by no part of the software; Conflict when it is what is
    published already, or when draft or published version are not those that were seen.
    """
    _lock(service)
    definition = definitions.parse(service.draft)
    current = published_version(service)
    _check_seen(service, current, seen)
    _require_complete(service, definition)
    fingerprint = definitions.content_hash(definition)
    if current is not None and current.content_hash == fingerprint:
        raise Conflict(_l("The draft is the same as what is published."))
    if current is not None:
        current.state = VersionState.RETIRED
        db.session.flush()
    version = ServiceVersion(
        service_id=service.id,
        number=_next_number(service),
        content=service.draft,
        content_hash=fingerprint,
        state=VersionState.PUBLISHED,
        published_at=clock.now(),
        published_by=actor.id,
    )
    db.session.add(version)
    _list_as(service, definition)
    db.session.flush()
    _record("service.published", service, actor, number=version.number)
    return version


def withdraw(service: Service, *, actor: Actor, seen: Seen | None = None) -> ServiceVersion:
    """Offer a service no more: no case starts or is sent, those that were sent go on.

    Raises Conflict when nothing is published, or something else than was seen.
    """
    _lock(service)
    current = published_version(service)
    if current is None:
        raise Conflict(_l("Nothing of this service is published."))
    if seen is not None and seen.published != current.number:
        raise Conflict()
    current.state = VersionState.RETIRED
    db.session.flush()
    _record("service.withdrawn", service, actor, number=current.number)
    return current


def restore(
    service: Service, number: int, *, actor: Actor, seen: Seen | None = None
) -> ServiceVersion:
    """Make an old version the draft again; what is published stays as it is.

    The draft that it replaces is gone: Conflict when that is not the one that was seen.
    """
    _lock(service)
    version = queries.get_version(service, number)
    if seen is not None:
        check_seen(service, seen.draft)
    service.draft = version.content
    # What was published had its translations in order.
    service.translated = {}
    service.draft_revision += 1
    service.draft_changed_at = clock.now()
    db.session.flush()
    _record("service.restored", service, actor, number=version.number)
    return version


def published_version(service: Service) -> ServiceVersion | None:
    """Return the version on which new cases start, locked, or None."""
    return db.session.scalar(
        select(ServiceVersion)
        .where(
            ServiceVersion.service_id == service.id,
            ServiceVersion.state == VersionState.PUBLISHED,
        )
        .with_for_update(of=ServiceVersion, key_share=True)
    )


def _lock(service: Service) -> None:
    """Have the service as it stands now, and nobody else change it until the transaction ends.

    Its key stays free: cases that begin meanwhile refer to it, and would wait for each other.
    """
    db.session.expire(service, ["draft", "translated"])
    db.session.refresh(service, with_for_update={"of": Service, "key_share": True})


def _check_seen(service: Service, current: ServiceVersion | None, seen: Seen | None) -> None:
    if seen is None:
        return
    check_seen(service, seen.draft)
    if seen.published != (current.number if current else 0):
        raise Conflict(_l("Another version has been published or withdrawn meanwhile."))


def _list_as(service: Service, definition: Definition) -> None:
    """Have the lists of services say what a definition says of its place in them."""
    service.category = definition.category
    service.position = definition.position
    service.enabled = definition.enabled


def _require_complete(service: Service, definition: Definition) -> None:
    open_work = translation.work(service.draft, service.translated or {}, service.post.languages)
    if open_work:
        raise Untranslated(open_work)
    if definition.enabled and definition.missing_engines():
        raise Invalid(_l("A step of the path cannot be carried out yet."), field="path")


def _next_number(service: Service) -> int:
    highest = db.session.scalar(
        select(func.max(ServiceVersion.number)).where(ServiceVersion.service_id == service.id)
    )
    return (highest or 0) + 1


def _record(action: str, service: Service, actor: Actor, **fields: object) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="service",
        object_uid=service.uid,
        post_id=service.post_id,
        fields={"code": service.code, **fields},
    )


def save_post(document: Mapping[str, Any]) -> Post:
    """Store a post with its sites and closures from its file (Any: JSON, see examples/posts).

    What is there already is left as it is, so that seeding again changes nothing.
    """
    post = db.session.scalar(select(Post).where(Post.code == document["code"]))
    if post is not None:
        return post
    post = Post(
        code=document["code"],
        prefix=document["prefix"],
        name=dict(document["name"]),
        zone=document["zone"],
        week=list(document["week"]),
        languages=list(document["languages"]),
        rates=_checked_rates(document.get("rates", ())),
    )
    db.session.add(post)
    db.session.flush()
    for site in document["sites"]:
        db.session.add(
            Site(
                post_id=post.id,
                code=site["code"],
                name=dict(site["name"]),
                address=dict(site["address"]),
                zone=site.get("zone", post.zone),
            )
        )
    for closure in document["closures"]:
        add_closure(
            post,
            first=date.fromisoformat(closure["from"]),
            last=date.fromisoformat(closure["to"]),
            scope=ClosureScope(closure["scope"]),
            title=dict(closure["title"]),
        )
    db.session.flush()
    return post


def _checked_rates(stored: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    rates.parse(stored)
    return [dict(one) for one in stored]


def add_closure(
    post: Post, *, first: date, last: date, scope: ClosureScope, title: Texts
) -> Closure:
    """Close a post on some days, both ends included; raises Invalid when they are reversed."""
    if last < first:
        raise Invalid(_l("The last day is before the first one."), field="last_on")
    closure = Closure(post_id=post.id, first_on=first, last_on=last, scope=scope, title=title)
    db.session.add(closure)
    return closure
