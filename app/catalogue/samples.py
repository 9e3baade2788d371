"""Pictures of how a paper is accepted: those that come with the software, and a post's own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import defer

from app.audit import services as audit
from app.catalogue.definition.elements import Paper
from app.catalogue.definition.reader import KEY
from app.catalogue.models import Post, SamplePicture
from app.core.actor import Actor
from app.core.db import Texts, db
from app.core.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A picture that comes with the software."""

    path: str
    says: Any
    """A lazy string (Any: Flask-Babel gives it no public type)."""
    width: int
    height: int


DRAWN = {
    "passport": Drawn(
        path="img/sample-passport.svg",
        says=_l(
            "The page with the photo: all four corners and both lines at the bottom are visible"
        ),
        width=320,
        height=220,
    ),
    "photo": Drawn(
        path="img/sample-photo.svg",
        says=_l("A right example: white background, the whole face is visible"),
        width=140,
        height=180,
    ),
}


def list_pictures(post_id: int) -> Sequence[SamplePicture]:
    """Return a post's own pictures by key, without their bytes."""
    return db.session.scalars(
        select(SamplePicture)
        .options(defer(SamplePicture.image))
        .where(SamplePicture.post_id == post_id)
        .order_by(SamplePicture.key)
    ).all()


def list_keys(post_id: int) -> tuple[str, ...]:
    """Return the keys that a paper of this post may name."""
    return (*DRAWN, *(one.key for one in list_pictures(post_id)))


def lacking(papers: Iterable[Paper], post_id: int) -> list[Paper]:
    """Return the papers that name a picture which this post does not have, so that none is shown.

    A service that came from another post names that post's pictures.
    """
    naming = [paper for paper in papers if paper.sample and paper.sample not in DRAWN]
    known = set(list_keys(post_id)) if naming else set()
    return [paper for paper in naming if paper.sample not in known]


def find_picture(post_id: int, key: str) -> SamplePicture | None:
    """Return one of a post's own pictures, its bytes when they are asked for, or None."""
    return db.session.scalar(
        select(SamplePicture)
        .options(defer(SamplePicture.image))
        .where(SamplePicture.post_id == post_id, SamplePicture.key == key)
    )


def get_image(post_id: int, key: str) -> bytes:
    """Return the JPEG of one of a post's own pictures; raise NotFound."""
    picture = find_picture(post_id, key)
    if picture is None:
        raise NotFound()
    return picture.image


def check_key(post_id: int, key: str) -> None:
    """Raise Invalid for a key that cannot be one, or is taken."""
    if not KEY.fullmatch(key):
        raise Invalid(
            _l("Use small Latin letters, digits and underscores, such as registry_extract."),
            field="key",
        )
    if key in list_keys(post_id):
        raise Invalid(_l("This key is taken: a picture is never changed."), field="key")


def keep(post: Post, key: str, *, says: Texts, image: bytes, actor: Actor) -> SamplePicture:
    """Store a picture under a key of its own; raises Invalid as check_key."""
    check_key(post.id, key)
    picture = SamplePicture(post_id=post.id, key=key, says=says, image=image)
    db.session.add(picture)
    db.session.flush()
    audit.record(
        "sample_picture.added",
        actor=actor,
        object_kind="sample_picture",
        object_uid=key,
        post_id=post.id,
        fields={"key": key},
    )
    return picture
