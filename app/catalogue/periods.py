"""The periods that a post sets itself: for appeals, and for papers that are away in the capital.

No source of the ministry that we know names either, so what stands here is the post's own word.
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
    """Set within how many days an appeal is taken, and after how many the head is reminded.

    And after how many days without a change a draft goes that was never sent, after how many
    months without a sign-in an account without requests: of several posts the longest counts.

    Calendar days. No days for appeals: none is taken. What a citizen was told of a refusal stays.
    """
    _check(appeal_days, "appeal_days", least=0)
    _check(consignment_days, "consignment_days", least=1)
    _check(draft_days, "draft_days", least=SHORTEST_DRAFT)
    if not SHORTEST_IDLE <= idle_months <= LONGEST_IDLE:
        raise Invalid(
            _l("Please give a number of months from %(least)s to %(most)s."),
            field="idle_months",
            least=SHORTEST_IDLE,
            most=LONGEST_IDLE,
        )
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


def _check(days: int, field: str, *, least: int) -> None:
    if not least <= days <= LONGEST:
        raise Invalid(
            _l("Please give a number of days from %(least)s to %(most)s."),
            field=field,
            least=least,
            most=LONGEST,
        )
