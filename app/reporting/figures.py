"""The figures of every post, for those who ask how posts do and not who came to them.

Counts alone: nothing here reads a person, a single case, or who works at a post.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, and_, cast, func, select, text

from app.cases.models import OPEN, RUNNING, Case
from app.cases.rules import State
from app.catalogue.models import Post
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.reporting.queries import PERIOD


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFigures:
    """What a post has before it, and what it finished in the last half year."""

    post: Post
    open: int
    late: int
    with_citizen: int
    done: int
    in_time: int
    """Of those done, how many by the promised day."""


def list_all() -> list[PostFigures]:
    """Return the figures of all posts, by the code of the post; three questions, however many."""
    posts = db.session.scalars(select(Post).order_by(Post.code)).all()
    open_now, done = _open_by_post(), _done_by_post()
    return [
        _figures(one, open_now.get(one.id, (0, 0, 0)), done.get(one.id, (0, 0))) for one in posts
    ]


def of_post(post: Post) -> PostFigures:
    """Return the figures of one post."""
    return _figures(
        post,
        _open_by_post(Case.post_id == post.id).get(post.id, (0, 0, 0)),
        _done_by_post(Case.post_id == post.id).get(post.id, (0, 0)),
    )


def get_post(code: str) -> Post:
    """Return a post by its code, or raise NotFound."""
    post = db.session.scalar(select(Post).where(Post.code == code))
    if post is None:
        raise NotFound()
    return post


def _figures(post: Post, open_now: tuple[int, int, int], done: tuple[int, int]) -> PostFigures:
    return PostFigures(
        post=post,
        open=open_now[0],
        late=open_now[1],
        with_citizen=open_now[2],
        done=done[0],
        in_time=done[1],
    )


def _open_by_post(*which: ColumnElement[bool]) -> dict[int, tuple[int, int, int]]:
    """Return how many cases are open, late and with the citizen, by post."""
    # A day begins at another hour at every post; for a figure of the ministry one day is near.
    today = clock.now().date()
    late = and_(text(RUNNING), Case.due_on < today)
    rows = db.session.execute(
        select(
            Case.post_id,
            func.count(),
            func.count().filter(late),
            func.count().filter(Case.state == State.ACTION_NEEDED),
        )
        .where(and_(text(OPEN)), *which)
        .group_by(Case.post_id)
    )
    return {post_id: (total, overdue, waiting) for post_id, total, overdue, waiting in rows}


def _done_by_post(*which: ColumnElement[bool]) -> dict[int, tuple[int, int]]:
    """Return how many cases were done in the last half year, and how many in time, by post."""
    since = clock.now().date() - PERIOD
    in_time = func.sum(cast(Case.done_on <= Case.due_on, Integer))
    rows = db.session.execute(
        select(Case.post_id, func.count(), in_time)
        .where(Case.used_days.is_not(None), Case.done_on > since, *which)
        .group_by(Case.post_id)
    )
    return {post_id: (total, punctual or 0) for post_id, total, punctual in rows}
