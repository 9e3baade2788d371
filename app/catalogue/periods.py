"""The periods that a post sets itself: for appeals, papers in the capital, drafts and accounts.

No source of the ministry that we know names any, so what stands here is the post's own word.
"""

from flask_babel import lazy_gettext as _l

from app.audit import services as audit
from app.catalogue.models import Post
from app.core.actor import Actor
from app.core.errors import Invalid

LONGEST = 365
SHORTEST_DRAFT = 60
"""Its citizen is told thirty days before."""
SHORTEST_IDLE, LONGEST_IDLE = 6, 120


def save(
    post: Post,
    *,
    appeal_days: int,
    consignment_days: int,
    draft_days: int,
    idle_months: int,
    actor: Actor,
) -> None:
    """Set the periods of a post; the model says what each is.

    Calendar days. No days for appeals: none is taken. What a citizen was told of a refusal stays.
    Of the months of several posts the longest count. Raises Invalid, with the field, for what is
    too little or too much.
    """
    _check_days(appeal_days, "appeal_days", least=0)
    _check_days(consignment_days, "consignment_days", least=1)
    _check_days(draft_days, "draft_days", least=SHORTEST_DRAFT)
    _check_idle(idle_months)
    wanted = {
        "appeal_days": appeal_days,
        "consignment_days": consignment_days,
        "draft_days": draft_days,
        "idle_months": idle_months,
    }
    before = {name: getattr(post, name) for name in wanted}
    for name, number in wanted.items():
        setattr(post, name, number)
    audit.record(
        "periods_saved",
        actor=actor,
        object_kind="post",
        object_uid=post.code,
        post_id=post.id,
        fields={"before": before, **wanted},
    )


def _check_days(days: int, field: str, *, least: int) -> None:
    if not least <= days <= LONGEST:
        raise Invalid(
            _l("Please give a number of days from %(least)s to %(most)s."),
            field=field,
            least=least,
            most=LONGEST,
        )


def _check_idle(months: int) -> None:
    if not SHORTEST_IDLE <= months <= LONGEST_IDLE:
        raise Invalid(
            _l("Please give a number of months from %(least)s to %(most)s."),
            field="idle_months",
            least=SHORTEST_IDLE,
            most=LONGEST_IDLE,
        )
