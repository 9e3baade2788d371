"""Groups of applicants that a post can tell something."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from app.cases.models import Case
from app.catalogue.models import Service
from app.core import i18n
from app.core.db import db
from app.notifications.announcements.audiences import Audience


def _accounts(post_id: int, code: str) -> Select[int | None]:
    """Return whose requests for a service a post works on; visitors have no account."""
    return (
        select(Case.account_id)
        .join(Service, Service.id == Case.service_id)
        .where(
            Case.post_id == post_id,
            Service.code == code,
            Case.submitted_at.is_not(None),
            Case.ended_at.is_(None),
            Case.account_id.is_not(None),
        )
        .distinct()
    )


def _services(post_id: int) -> Sequence[tuple[str, str]]:
    rows = db.session.execute(
        select(Service.code, Service.draft["title"])
        .where(Service.post_id == post_id)
        .order_by(Service.position, Service.id)
    )
    return [(code, i18n.text_in(title)) for code, title in rows]


OPEN_REQUESTS = Audience(
    code="open_requests",
    name=_l("Open requests for a service"),
    accounts=_accounts,
    choices=_services,
)
