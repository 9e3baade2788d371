"""Writing to whoever has to consent: the link, reminders and the code; and to who filed it."""

import hmac
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.cases.consents import queries, rules
from app.cases.consents.models import Consent
from app.cases.consents.rules import ConsentState
from app.cases.models import Case, CaseEvent
from app.cases.rules import Action
from app.core import clock
from app.core.crypto import keyed_hash, new_digits
from app.core.db import new_uid
from app.core.errors import NotFound
from app.jobs import services as jobs
from app.notifications import services as notifications

REMIND = "cases.remind_of_consent"
MORNING = time(9, 0)
CODE_LENGTH = 6
TRIES = 6
CODE_LIFE = timedelta(minutes=15)


def path_of(consent: Consent) -> str:
    """Return where somebody reads what they are asked, without the language."""
    return f"/consent/{consent.uid}/{_token(consent.uid)}"


def _token(uid: str) -> str:
    return keyed_hash("consent_link", uid)


def get(uid: str, token: str) -> Consent:
    """Return the consent behind a link; raise NotFound for a wrong pair, and before it is asked."""
    if not hmac.compare_digest(token.encode(), _token(uid).encode()):
        raise NotFound()
    consent = queries.get(uid)
    if consent.state in {ConsentState.NAMED, ConsentState.REPLACED}:
        raise NotFound()
    return consent


def on_event(case: Case, event: CaseEvent) -> None:
    """Ask who was named in a draft as soon as it is sent."""
    if event.action is Action.SUBMITTED:
        consent = queries.find(case.id)
        if consent is not None and consent.state is ConsentState.NAMED:
            ask(consent, case)


def ask(consent: Consent, case: Case) -> None:
    """Write to somebody that their consent is asked, and have them reminded."""
    zone = case.service.post.zone
    consent.state = ConsentState.ASKED
    consent.until_on = rules.until(clock.today(zone))
    write(consent, "consent_asked", dedupe="asked")
    jobs.schedule(
        REMIND,
        dedupe=f"{REMIND}/{consent.uid}",
        due_at=datetime.combine(
            consent.until_on - rules.REMIND_BEFORE, MORNING, tzinfo=ZoneInfo(zone)
        ),
        arguments={"consent": consent.uid},
    )


def remind(consent: Consent) -> None:
    """Remind somebody who has not answered; nothing once they have, or the case is over."""
    if consent.state is ConsentState.ASKED and consent.case.ended_at is None:
        write(consent, "consent_reminder", dedupe="reminder")


def write(consent: Consent, news: str, *, dedupe: str, code: str = "") -> None:
    """Send one message to the address of a consent."""
    payload = {"path": path_of(consent), "reference": consent.case.reference}
    if code:
        payload["code"] = code
    elif consent.until_on is not None:
        payload["until_on"] = consent.until_on.isoformat()
    notifications.tell_address(
        news,
        address=consent.address or "",
        language=consent.language,
        dedupe=f"consent/{consent.uid}/{dedupe}",
        payload=payload,
        post_id=consent.case.post_id,
        case_id=consent.case_id,
    )


def tell_filer(consent: Consent, news: str) -> None:
    """Tell the account that filed the request what was answered."""
    case = consent.case
    if case.account_id is None:
        return
    notifications.tell(
        news,
        account_id=case.account_id,
        dedupe=f"consent/{consent.uid}/{news}",
        payload={"reference": case.reference},
        post_id=case.post_id,
        case_id=case.id,
    )


def send_code(consent: Consent) -> None:
    """Send a code that is good once, for a quarter of an hour; the one before is not any more."""
    consent = queries.lock(consent.uid)
    code = new_digits(CODE_LENGTH)
    consent.code_hash = hash_of(consent, code)
    consent.code_left, consent.code_until = TRIES, clock.now() + CODE_LIFE
    # Every code is written to somebody: a mail that is dropped would leave them one that is void.
    write(consent, "consent_code", dedupe=f"code/{new_uid()}", code=code)


def hash_of(consent: Consent, code: str) -> str:
    """Return the keyed hash of a code, bound to its consent."""
    return keyed_hash("consent_code", f"{consent.uid}\x00{code}")
