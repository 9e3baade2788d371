"""The consent of the other parent, as an officer sees it."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from app.cases import changing, competence
from app.cases.consents import queries, rules, wording
from app.cases.models import Case
from app.cases.rules import State
from app.cases.wording import Status
from app.core import clock, i18n
from app.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """Who has to consent, and what they said."""

    name: str
    address: str
    """Where they are written to, so that the officer sees whose it is."""
    status: Status | None
    remark: str
    """Until when an answer is awaited, that it is overdue, or that it came from the filer."""
    reason: str
    url: str
    """Where the reader may waive it, empty when they may not."""


def of(case: Case, actor: Actor) -> ConsentView | None:
    """Return the consent to a case; None where the service asks for none."""
    if not queries.is_needed(case):
        return None
    consent = queries.find(case.id)
    if consent is None:
        nobody = _("Nobody was named.")
        return ConsentView(name="", address="", status=None, remark=nobody, reason="", url="")
    return ConsentView(
        name=consent.name or "",
        address=consent.address or "",
        status=wording.STATES[consent.state],
        remark=_remark(case),
        reason=consent.reason or "",
        url=url_for("desk_consent.waive", reference=case.reference)
        if may_waive(case, actor)
        else "",
    )


def _url(case: Case, actor: Actor) -> str:
    return url_for("desk_consent.waive", reference=case.reference) if may_waive(case, actor) else ""


def _remark(case: Case) -> str:
    consent = queries.find(case.id)
    if consent is not None and consent.is_answered_by_filer:
        return _("It was answered in a browser in which who filed the request was signed in.")
    if consent is None or consent.until_on is None or consent.state in rules.GIVEN:
        return ""
    today = clock.today(case.service.post.zone)
    day = i18n.short_day(consent.until_on)
    if rules.is_overdue(consent.state, consent.until_on, today):
        return _("No answer came by %(day)s.", day=day)
    return _("An answer is awaited until %(day)s.", day=day)


def may_waive(case: Case, actor: Actor) -> bool:
    """Return whether this officer may do without the consent now."""
    consent = queries.find(case.id)
    is_open = consent is not None and consent.state not in rules.GIVEN
    is_held = changing.is_holder(case, actor) and not competence.only_reviews(actor)
    return is_open and case.state is State.IN_REVIEW and is_held
