"""Tells the story of the demonstration: all of it, or nothing."""

from datetime import timedelta

from app.catalogue.models import Post
from app.core import clock
from app.demo.story import cast, people

BEFORE = timedelta(days=70)
"""How long ago the story begins."""


def tell(post: Post) -> bool:
    """Fill the post with invented people and their requests; return whether that was needed.

    It is one transaction of the caller, so that a second start finds the whole story or none.
    """
    if people.is_staffed():
        return False
    now = clock.now()
    with clock.pretend(now - BEFORE):
        people.employ(post)
        people.settle(cast.list_characters())
    return True
