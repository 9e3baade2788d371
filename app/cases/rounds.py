"""Correction rounds: what the citizen is asked to mend, and until when."""

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _l

from app.cases import pace, telling
from app.cases.models import Case, CorrectionRound
from app.core import clock
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import Invalid


def open_round(case: Case, rejected: Sequence[str], *, until_on: date, actor: Actor) -> None:
    """Open a round for items that were rejected, and schedule its deadline.

    Raises Invalid when nothing was rejected or the day cannot be a deadline.
    """
    if not rejected:
        raise Invalid(_l("Mark at least one item “Ask again” before you ask the citizen."))
    check_deadline(case, until_on)
    asked = CorrectionRound(
        case_id=case.id, until_on=until_on, opened_by=actor.id, opened_at=clock.now()
    )
    db.session.add(asked)
    telling.schedule_deadline(case, asked)


def check_deadline(case: Case, until_on: date) -> None:
    """Refuse a day that cannot be the last one of a round."""
    if not pace.is_deadline(until_on, clock.today(case.service.post.zone)):
        raise Invalid(
            _l("The last day must lie between tomorrow and half a year from now."),
            field="until_on",
        )
