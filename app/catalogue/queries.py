"""Finding posts, services and their published versions."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app, g
from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, bindparam, select
from sqlalchemy.orm import undefer

from app.catalogue import damaged, search, workdays
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
from app.core import clock
from app.core.db import BigKey, db
from app.core.errors import NotFound
from app.core.i18n import text_in

DEFAULT_ZONE = "Europe/Moscow"
MOST_DEFINITIONS = 512

_definitions: dict[str, Definition] = {}


class NotOffered(NotFound):
    """The service was published once and is not offered now."""

    message = _l("This service is not offered at present.")


@dataclass(frozen=True, slots=True)
class PostName:
    """What pages say about the post they belong to."""

    name: str


_FIRST_POST = select(Post).order_by(Post.id).limit(1)
WORDS_KEPT = timedelta(seconds=10)
"""So long a process knows what its post is called and where: it changes once in years."""
_WORDS = select(Post.name, Post.zone).order_by(Post.id).limit(1)


def find_current_post() -> Post | None:
    """Return the post that this site serves, looked up once per request."""
    if "post" not in g:
        g.post = db.session.scalar(_FIRST_POST)
    post: Post | None = g.post
    return post


def get_current_post() -> Post:
    """Return the post that this site serves; raise NotFound before anything was seeded."""
    post = find_current_post()
    if post is None:
        raise NotFound()
    return post


def get_post(post_id: int) -> Post:
    """Return a post that something belongs to; read once per request."""
    return db.session.get_one(Post, post_id)


def serves(post_id: int | None) -> bool:
    """Return whether a post is the one that this site serves."""
    post = find_current_post()
    return post is not None and post.id == post_id


def current_zone() -> str:
    """Return the IANA zone of the post."""
    words = _words()
    return words.zone if words else DEFAULT_ZONE


def current_post_name() -> PostName:
    """Return the post's name in the reader's language, empty before anything was seeded."""
    words = _words()
    return PostName(text_in(words.name) if words else "")


def _words() -> Any:
    """Return what has the name and the zone of the post, None before anything was seeded.

    Each page asks, and most need no more of it. (Any: a row or a post.)
    """
    if "post" in g:
        return g.post
    if "post_words" not in g:
        g.post_words = _kept_words(clock.now())
    return g.post_words


def _kept_words(now: datetime) -> Any:
    # Any: as above.
    words, since = current_app.extensions.get("post_words", (None, now))
    if words is None or abs(now - since) >= WORDS_KEPT:
        words = db.session.connection().execute(_WORDS).first()
        current_app.extensions["post_words"] = words, now
    return words


def definition_of(version: ServiceVersion) -> Definition:
    """Return the parsed definition of a version; parsed once per process, for it is immutable.

    One that somebody damaged has a stand-in on pages that only show.
    """
    known = _definitions.get(version.content_hash)
    if known is None:
        try:
            known = definitions.parse(version.content)
        except definitions.DefinitionError as error:
            return damaged.in_place_of(version.id, str(error))
        if len(_definitions) >= MOST_DEFINITIONS:
            _definitions.clear()
        _definitions[version.content_hash] = known
    return known


def known_definition(content_hash: str) -> Definition | None:
    """Return a definition that this process parsed before, None for any other; asks nothing."""
    return _definitions.get(content_hash)


def find_definition(version_id: int) -> Definition | None:
    """Return the definition of a version by its key, or None."""
    version = db.session.get(ServiceVersion, version_id)
    return definition_of(version) if version is not None else None


def list_published(post: Post) -> list[Definition]:
    """Return the services that can be asked for now, in the order of the post."""
    rows = db.session.execute(
        select(ServiceVersion.content_hash, ServiceVersion.id)
        .join(Service, Service.id == ServiceVersion.service_id)
        .where(
            Service.post_id == post.id,
            Service.enabled,
            ServiceVersion.state == VersionState.PUBLISHED,
        )
        .order_by(Service.position, Service.id)
    ).all()
    known = definitions_of({row.id: row.content_hash for row in rows})
    return [known[row.id] for row in rows if not damaged.is_stand_in(known[row.id])]


def definitions_of(hashes: Mapping[int, str]) -> Mapping[int, Definition]:
    """Return the definitions of versions by key; `hashes` has the hash of the content of each.

    Those that this process does not know yet are read in one statement. What is damaged or not
    there any more has a stand-in on pages that only show.
    """
    known = {key: _definitions.get(content) for key, content in hashes.items()}
    missing = [key for key, definition in known.items() if definition is None]
    return {key: one for key, one in known.items() if one is not None} | _read(missing)


def _read(ids: Sequence[int]) -> dict[int, Definition]:
    if not ids:
        return {}
    query = (
        select(ServiceVersion)
        .options(undefer(ServiceVersion.content))
        .where(ServiceVersion.id.in_(ids))
    )
    found = {version.id: definition_of(version) for version in db.session.scalars(query)}
    return {key: found.get(key) or damaged.in_place_of(key, "no such version") for key in ids}


def find_services(post: Post, words: str) -> list[Definition]:
    """Return the published services that match what a reader typed, best first."""
    return search.rank(list_published(post), words)


def get_published(post: Post, code: str) -> tuple[ServiceVersion, Definition]:
    """Return the version on which a new case would start; raise NotFound, or NotOffered."""
    version = db.session.scalar(
        select(ServiceVersion)
        .join(Service, Service.id == ServiceVersion.service_id)
        .where(
            Service.post_id == post.id,
            Service.code == code,
            Service.enabled,
            ServiceVersion.state == VersionState.PUBLISHED,
        )
    )
    if version is None:
        raise NotOffered() if find_former(post, code) else NotFound()
    return version, definition_of(version)


def find_former(post: Post, code: str) -> Definition | None:
    """Return what was published last of a service, offered at present or not."""
    version = db.session.scalar(
        select(ServiceVersion)
        .join(Service, Service.id == ServiceVersion.service_id)
        .where(Service.post_id == post.id, Service.code == code)
        .order_by(ServiceVersion.number.desc())
        .limit(1)
    )
    return definition_of(version) if version is not None else None


def find_offered(service_id: int) -> ServiceVersion | None:
    """Return the version of a service on which new cases start now, if it is offered."""
    return db.session.scalar(
        select(ServiceVersion)
        .join(Service, Service.id == ServiceVersion.service_id)
        .where(
            Service.id == service_id,
            Service.enabled,
            ServiceVersion.state == VersionState.PUBLISHED,
        )
    )


def offered_among(service_ids: Collection[int]) -> set[int]:
    """Return the keys of those services on which new cases start now."""
    return set(
        db.session.scalars(
            select(Service.id)
            .join(ServiceVersion, ServiceVersion.service_id == Service.id)
            .where(
                Service.id.in_(service_ids),
                Service.enabled,
                ServiceVersion.state == VersionState.PUBLISHED,
            )
        )
    )


def find_service(post_id: int, code: str) -> Service | None:
    """Return a service with its draft, published or not, or None."""
    return db.session.scalar(
        select(Service)
        .options(*with_draft())
        .where(Service.post_id == post_id, Service.code == code)
    )


def with_draft() -> list[Any]:
    """Return what loads services with what is edited of them (Any: a private type)."""
    return [undefer(Service.draft), undefer(Service.translated)]


def get_service(post_id: int, code: str) -> Service:
    """Return a service with its draft, published or not; raise NotFound."""
    service = find_service(post_id, code)
    if service is None:
        raise NotFound()
    return service


def get_version(service: Service, number: int) -> ServiceVersion:
    """Return a version of a service by its number; raise NotFound."""
    version = db.session.scalar(
        select(ServiceVersion).where(
            ServiceVersion.service_id == service.id, ServiceVersion.number == number
        )
    )
    if version is None:
        raise NotFound()
    return version


def list_pools(post_id: int) -> list[str]:
    """Return the pools of seats that the services of a post name, the most used first."""
    drafts = db.session.scalars(select(Service.draft).where(Service.post_id == post_id))
    named = Counter(draft["appointment"]["pool"] for draft in drafts if draft.get("appointment"))
    return [pool for pool, _count in named.most_common()]


def list_versions(service: Service) -> Sequence[ServiceVersion]:
    """Return the versions of a service, the newest first."""
    return db.session.scalars(
        select(ServiceVersion)
        .where(ServiceVersion.service_id == service.id)
        .order_by(ServiceVersion.number.desc())
    ).all()


def list_sites(post_id: int) -> Sequence[Site]:
    """Return the places of a post."""
    return db.session.scalars(select(Site).where(Site.post_id == post_id).order_by(Site.id)).all()


_CLOSURES = (
    select(Closure)
    .where(
        Closure.post_id == bindparam("post_id", type_=BigKey),
        Closure.first_on <= bindparam("last", type_=Date()),
        Closure.last_on >= bindparam("first", type_=Date()),
    )
    .order_by(Closure.first_on, Closure.id)
)
_CLOSED = _CLOSURES.with_only_columns(Closure.first_on, Closure.last_on, Closure.scope)


def list_closures(post_id: int, first: date, last: date) -> Sequence[Closure]:
    """Return the closures that touch a span of days, both ends included."""
    return db.session.scalars(_CLOSURES, {"post_id": post_id, "first": first, "last": last}).all()


def closed_days(post_id: int, first: date, last: date) -> list[workdays.Closure]:
    """Return the closures of a span of days as the pure rules know them."""
    asked = {"post_id": post_id, "first": first, "last": last}
    rows = db.session.connection().execute(_CLOSED, asked)
    return [workdays.Closure(first=begins, last=ends, scope=scope) for begins, ends, scope in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A service as its admins see it in the list."""

    service: Service
    number: int | None
    published_at: datetime | None

    @property
    def is_changed(self) -> bool:
        """Return whether the draft was touched after what is published."""
        return self.published_at is None or self.service.draft_changed_at > self.published_at


def list_overview(post_id: int) -> list[Overview]:
    """Return all services of a post with what is published of each, in one statement."""
    rows = db.session.execute(
        select(Service, ServiceVersion.number, ServiceVersion.published_at)
        .options(*with_draft())
        .outerjoin(
            ServiceVersion,
            (ServiceVersion.service_id == Service.id)
            & (ServiceVersion.state == VersionState.PUBLISHED),
        )
        .where(Service.post_id == post_id)
        .order_by(Service.position, Service.id)
    ).all()
    return [Overview(service=s, number=number, published_at=at) for s, number, at in rows]
