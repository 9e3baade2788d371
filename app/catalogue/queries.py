"""Finding posts, services and versions."""

from dataclasses import dataclass

from flask import g
from sqlalchemy import select

from app.catalogue.models import Post
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import text_in

DEFAULT_ZONE = "Europe/Moscow"


@dataclass(frozen=True, slots=True)
class PostName:
    """What pages say about the post they belong to."""

    name: str


def find_current_post() -> Post | None:
    """Return the post that this site serves, looked up once per request."""
    if "post" not in g:
        g.post = db.session.scalar(select(Post).order_by(Post.id).limit(1))
    post: Post | None = g.post
    return post


def get_current_post() -> Post:
    """Return the post that this site serves; raise NotFound before anything was seeded."""
    post = find_current_post()
    if post is None:
        raise NotFound()
    return post


def current_zone() -> str:
    """Return the IANA zone of the post."""
    post = find_current_post()
    return post.zone if post else DEFAULT_ZONE


def current_post_name() -> PostName:
    """Return the post's name in the reader's language, empty before anything was seeded."""
    post = find_current_post()
    return PostName(text_in(post.name) if post else "")
