"""The periods that a post sets itself: for appeals, and for papers that are away in the capital.

No source of the ministry that we know names either, so what stands here is the post's own word.
"""

from flask_babel import lazy_gettext as _l

from app.audit import services as audit
from app.catalogue.models import Post
from app.core.actor import Actor
from app.core.errors import Invalid

LONGEST = 365


def save(post: Post, *, appeal_days: int, consignment_days: int, actor: Actor) -> None:
    """Set within how many days an appeal is taken, and after how many the head is reminded.

    Calendar days. No days for appeals: none is taken. What a citizen was told of a refusal stays.
    """
    _check(appeal_days, "appeal_days", least=0)
    _check(consignment_days, "consignment_days", least=1)
    before = {"appeal_days": post.appeal_days, "consignment_days": post.consignment_days}
    post.appeal_days, post.consignment_days = appeal_days, consignment_days
    audit.record(
        "periods_saved",
        actor=actor,
        object_kind="post",
        object_uid=post.code,
        post_id=post.id,
        fields={"before": before, "appeal_days": appeal_days, "consignment_days": consignment_days},
    )


def _check(days: int, field: str, *, least: int) -> None:
    if not least <= days <= LONGEST:
        raise Invalid(
            _l("Please give a number of days from %(least)s to %(most)s."),
            field=field,
            least=least,
            most=LONGEST,
        )
