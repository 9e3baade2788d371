"""An announcement in words for staff: its state, its group, what became of its messages."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.core import i18n
from app.notifications import wording
from app.notifications.announcements import audiences, queries
from app.notifications.announcements.models import Announcement, AnnouncementState
from app.notifications.announcements.rules import Step
from app.notifications.models import MessageState

Lazy = Any
"""A lazy string of Flask-Babel, which has no public type."""

STATES: dict[AnnouncementState, tuple[str, Lazy]] = {
    AnnouncementState.DRAFT: ("work", lazy_pgettext("announcement", "Draft")),
    AnnouncementState.PROPOSED: ("waits", lazy_pgettext("announcement", "Waits for approval")),
    AnnouncementState.SENDING: ("work", lazy_pgettext("announcement", "Being sent")),
    AnnouncementState.SENT: ("done", lazy_pgettext("announcement", "Sent")),
    AnnouncementState.STOPPED: ("stopped", lazy_pgettext("announcement", "Stopped")),
    AnnouncementState.DROPPED: ("stopped", lazy_pgettext("announcement", "Given up")),
}
"""The kind of the status and its word."""

DONE: dict[Step, Lazy] = {
    Step.PROPOSE: _l("It waits for a colleague now. Nothing is sent before that."),
    Step.APPROVE: _l("It is approved and being sent."),
    Step.SEND_BACK: _l("It is a draft again."),
    Step.DROP: _l("It is given up. Nobody was told."),
    Step.STOP: _l("It is stopped. What had not gone out stays here."),
}
"""What is said when a step was taken."""

CANCELLED = lazy_pgettext("messages", "Stopped")


def group_of(row: Announcement) -> str:
    """Return for whom an announcement is, such as "Open requests: Passport"."""
    audience = audiences.get(row.audience)
    if audience.choices is None:
        value = i18n.day(audiences.day_of(row.narrowed_to))
    else:
        value = dict(audience.choices(row.post_id)).get(row.narrowed_to, row.narrowed_to)
    return _("%(group)s: %(value)s", group=audience.name, value=value)


def figures_of(row: Announcement) -> list[tuple[Lazy, int]]:
    """Return what became of the messages that leave the house, by kinds of states."""
    counts = queries.count_by_state(row.id)
    figures = [
        (name, sum(counts.get(state, 0) for state in states)) for name, states in wording.FIGURES
    ]
    return [*figures, (CANCELLED, counts.get(MessageState.CANCELLED, 0))]
