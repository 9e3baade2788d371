"""What the citizen is told when their case changes, and the work that a deadline causes later."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from app.cases import pace, queries
from app.cases.consents import asking
from app.cases.mandates import principals
from app.cases.models import Case, CaseEvent, CorrectionRound
from app.cases.rules import Action, State
from app.catalogue import fees, notices
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.jobs import services as jobs
from app.notifications import events
from app.notifications import services as notifications

SOMEBODY_ELSE = _l("Another officer has this case in hand. Take it over before you decide.")
NOT_YOURS = _l("The service leaves this decision to somebody else.")
NOT_TWICE = _l("The first check was made by the same officer. Another one makes the second.")

REMIND = "cases.remind_of_correction"
LAPSE = "cases.lapse"
MORNING = time(9, 0)

_NEWS = {
    Action.SUBMITTED: "case_submitted",
    Action.CORRECTION_ASKED: "correction_asked",
    Action.RESUBMITTED: "correction_received",
    Action.CORRECTION_REVOKED: "correction_revoked",
    Action.CORRECTION_EXTENDED: "correction_extended",
    Action.WAIVER_GRANTED: "waiver_granted",
    Action.WAIVER_REVOKED: "waiver_revoked",
    Action.ACCEPTED: "case_accepted",
    Action.CONSIGNED: "case_consigned",
    Action.RETURNED: "case_returned",
    Action.SENT_BACK: "case_sent_back",
    Action.NOT_RETURNED: "case_not_returned",
    Action.REFUSED: "case_refused",
    Action.WITHDRAWN: "case_withdrawn",
    Action.LAPSED: "case_lapsed",
    Action.REVIVED: "case_revived",
    Action.REOPENED: "case_reopened",
    Action.TRANSFERRED: "case_transferred",
    Action.APPEALED: "appeal_received",
    Action.APPEAL_DISMISSED: "appeal_dismissed",
}
_SILENT = frozenset({Action.CLAIMED})
"""What may happen to a case that is completed and is no news of that."""
_PRODUCING = frozenset({Action.PRODUCED, Action.RETURNED, Action.VISIT_COMPLETED})
_WITH_DEADLINE = frozenset(
    {Action.CORRECTION_ASKED, Action.CORRECTION_EXTENDED, Action.REVIVED, Action.REFUSED}
)


def tell(case: Case, event: CaseEvent) -> None:
    """Tell the account, if there is one, what an event means to it."""
    if event.is_half_decided:
        return
    principals.tell(case, event)
    asking.on_event(case, event)
    news = _news(event)
    if news is not None and case.account_id is not None:
        send(
            case,
            news,
            dedupe=f"case/{case.uid}/{event.number}",
            until_on=_until_on(event),
            on=_on(case, event, news),
        )


def send(
    case: Case,
    news: str,
    *,
    dedupe: str,
    until_on: str = "",
    on: str = "",
    others: Sequence[Case] = (),
) -> None:
    """Write one message to the account of a case; days are ISO dates that it needs.

    `others` are cases of the same account of which it tells the same.
    """
    if case.account_id is None:
        return
    payload = {"reference": case.reference, **_notice(case, news)}
    if others:
        payload["others"] = " ".join(one.reference for one in others)
    if news == _NEWS[Action.TRANSFERRED]:
        payload |= _place(case)
    if until_on:
        payload["until_on"] = until_on
    if on:
        payload["on"] = on
    notifications.tell(
        news,
        account_id=case.account_id,
        dedupe=dedupe,
        payload=payload,
        post_id=case.post_id,
        case_id=case.id,
    )


def _news(event: CaseEvent) -> str | None:
    if event.action in _SILENT:
        return None
    if event.state is State.COMPLETED:
        return "case_completed"
    if event.state is State.READY and _makes_ready(event):
        return "case_ready"
    return _NEWS.get(event.action)


def _makes_ready(event: CaseEvent) -> bool:
    if event.action is Action.PAID:
        return bool(event.details.get("ends_step"))
    return event.action in _PRODUCING


def _notice(case: Case, news: str) -> dict[str, str]:
    """Return where a message finds what the pinned version adds to it, if it adds anything."""
    definition, event = queries.definition(case), events.EVENTS[news].notice
    if event is None or notices.find(definition, event) is None:
        return {}
    days = fees.days_of(definition, case.variant)
    return {"version": str(case.version_id), "days": str(days)}


def _place(case: Case) -> dict[str, str]:
    """Return where the post is that has the case now, as a message names it."""
    sites = catalogue.list_sites(case.post_id)
    return (
        {"site_id": str(sites[0].id)} if sites else {"site": i18n.text_in(case.service.post.name)}
    )


def _until_on(event: CaseEvent) -> str:
    return str(event.details.get("until_on", "")) if event.action in _WITH_DEADLINE else ""


def _on(case: Case, event: CaseEvent, news: str) -> str:
    """Return the day that a message names: the one that is known, or that of the event."""
    if "on" not in events.EVENTS[news].needs:
        return ""
    written = clock.local(event.at, case.service.post.zone).date()
    return str(event.details.get("on") or written.isoformat())


def schedule_deadline(case: Case, asked: CorrectionRound) -> None:
    """Have the citizen reminded before the end of a correction, and the case closed after it.

    Call `cancel_deadline` before the day or the post is changed: the jobs are known by the day,
    and due by the clock of the post.
    """
    zone = case.service.post.zone
    remind_at = _at(asked.until_on - pace.REMIND_BEFORE, MORNING, zone)
    arguments: dict[str, object] = {
        "case": case.id,
        "round": asked.uid,
        "until_on": asked.until_on.isoformat(),
    }
    if remind_at > clock.now() + timedelta(days=1):
        jobs.schedule_anew(
            REMIND, dedupe=_dedupe(REMIND, asked), due_at=remind_at, arguments=arguments
        )
    jobs.schedule_anew(
        LAPSE,
        dedupe=_dedupe(LAPSE, asked),
        due_at=_at(asked.until_on + timedelta(days=1), time.min, zone),
        arguments=arguments,
    )


def cancel_deadline(asked: CorrectionRound) -> None:
    """Call off what was to happen at the end of a correction."""
    for kind in (REMIND, LAPSE):
        jobs.cancel(_dedupe(kind, asked))
        jobs.cancel(f"{kind}/{asked.uid}")  # as rounds of before 2026-12 named them


def _dedupe(kind: str, asked: CorrectionRound) -> str:
    return f"{kind}/{asked.uid}/{asked.until_on.isoformat()}"


def _at(day: date, hour: time, zone: str) -> datetime:
    return datetime.combine(day, hour, tzinfo=ZoneInfo(zone))
