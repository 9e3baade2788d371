"""What a service says beside a request as it stands now: on its page, as in the message."""

from collections.abc import Mapping

from markupsafe import Markup

from app.cases import queries
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue import fees, notices
from app.catalogue.definition.elements import NoticeEvent

_NEWS: Mapping[State, NoticeEvent] = {
    State.SUBMITTED: NoticeEvent.SUBMITTED,
    State.IN_REVIEW: NoticeEvent.SUBMITTED,
    State.IN_PROGRESS: NoticeEvent.ACCEPTED,
    State.READY: NoticeEvent.READY,
    State.COMPLETED: NoticeEvent.COMPLETED,
    State.REFUSED: NoticeEvent.REFUSED,
}
"""The last news that still holds in a state."""


def of(case: Case) -> Markup:
    """Return the notice that holds for a case now, in the reader's language, or nothing."""
    event, definition = _NEWS.get(case.state), queries.definition(case)
    text = notices.find(definition, event) if event else None
    if text is None:
        return Markup()
    reference = Markup('<bdi dir="ltr" class="j-code">{}</bdi>').format(case.reference)
    days = str(fees.days_of(definition, case.variant))
    return notices.in_html(text, {"reference": reference, "days": days})
