"""A post with counters, seats on a day, and cases that may book one; call inside transaction()."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import event

from app.accounts.models import Account, Authority, AuthorityKind, Person
from app.appointments import queries, schedule
from app.appointments.models import Booking, BookingState, Lane, Pool, Slot, WeeklyHours
from app.appointments.rules import day_start
from app.cases.family.models import Filing
from app.cases.models import Case, CaseStep
from app.cases.rules import State, StepKind, StepState
from app.catalogue.definition import document as definition
from app.catalogue.definition.document import Definition
from app.catalogue.models import Post, Service, ServiceVersion, Site, VersionState
from app.core import clock, reference
from app.core.crypto import new_data_key
from app.core.db import db, new_uid

ZONE = "Europe/Moscow"
PATH = (StepKind.REVIEW, StepKind.APPOINTMENT, StepKind.PRODUCTION, StepKind.HAND_OVER)
Row = Any  # A model of any kind.


def added(row: Row) -> Row:
    """Return a row that has its key."""
    db.session.add(row)
    db.session.flush()
    return row


def words(text: str) -> dict[str, str]:
    """Return a text in three languages."""
    return {"ar": f"{text} ع", "ru": f"{text} р", "en": text}


def make_post(*, zone: str = ZONE, code: str = "moscow", prefix: str = "JM") -> Post:
    """Return a post with one site of the same code."""
    post: Post = added(
        Post(
            code=code,
            prefix=prefix,
            name=words("The post"),
            zone=zone,
            week=[1, 2, 3, 4, 5],
            languages=["ar", "ru", "en"],
        )
    )
    make_site(post, code=code)
    return post


def make_site(post: Post, *, code: str, zone: str = "") -> Site:
    """Return another place of a post, on the post's clocks when no others are named."""
    site: Site = added(
        Site(
            post_id=post.id,
            post=post,
            code=code,
            name=words(f"Site {code}"),
            address=words("4 Garden Street"),
            zone=zone or post.zone,
        )
    )
    return site


def make_pool(post: Post, *, site: str = "", code: str = "passports", unit: int = 20) -> Pool:
    """Return counters of a site, the post's first when none is named."""
    found = db.session.query(Site).filter_by(post_id=post.id, code=site or post.code).one()
    pool: Pool = added(
        Pool(
            site_id=found.id,
            site=found,
            code=code,
            name=words("Passports"),
            unit_minutes=unit,
            horizon_days=60,
        )
    )
    return pool


def make_open_pool() -> Pool:
    """Return a pool with hours on every day, their slots, and a service that is received there."""
    pool = make_pool(make_post())
    make_hours(pool)
    schedule.make_slots(pool)
    make_version(pool.site.post)
    return pool


def make_hours(
    pool: Pool,
    *,
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7),
    opens: str = "09:00",
    closes: str = "11:00",
    seats: int = 2,
) -> list[WeeklyHours]:
    """Return public hours on some weekdays, all of them when none are named."""
    return [
        added(
            WeeklyHours(
                pool_id=pool.id,
                weekday=weekday,
                opens_at=opens,
                closes_at=closes,
                lane=Lane.PUBLIC,
                seats=seats,
            )
        )
        for weekday in weekdays
    ]


def make_slot(pool: Pool, *, seats: int = 1, on: date | None = None, at: str = "10:20") -> Slot:
    """Return a public slot, in three days when no day is named."""
    day = on or clock.today(pool.site.zone) + timedelta(days=3)
    moment = time.fromisoformat(at)
    offset = timedelta(hours=moment.hour, minutes=moment.minute)
    slot: Slot = added(
        Slot(
            pool_id=pool.id,
            pool=pool,
            lane=Lane.PUBLIC,
            starts_at=day_start(day, pool.site.zone) + offset,
            local_on=day,
            wall_time=at,
            planned=seats,
            capacity=seats,
        )
    )
    return slot


def free_days(pool: Pool, visit: queries.Visit, first: date, last: date) -> dict[date, int]:
    """Return how many times each local day still offers; days without any are left out."""
    starts = queries.free_starts(pool, visit, first, last)
    return dict(Counter(start.local_on for start in starts))


def service_document(
    *, code: str, pool: str, units: int, fee: int, buffers: tuple[int, int] = (0, 0)
) -> dict[str, Any]:
    """Return the definition of a service whose path has an appointment."""
    fees = [
        {
            "key": "regular",
            "variant": "regular",
            "label": words("Regular"),
            "amount": fee,
            "currency": "USD",
            "category": "any",
            "valid_from": "2025-06-26",
            "valid_to": None,
            "legal_basis": words("An example"),
        }
    ]
    return {
        "format": 1,
        "code": code,
        "category": "passport",
        "position": 10,
        "enabled": True,
        "main_language": "ar",
        "title": words("Passport renewal"),
        "summary": words("A new passport"),
        "guidance": {},
        "applicants": ["citizen"],
        "personal_appearance": True,
        "example": True,
        "sources": ["S8"],
        "pages": [],
        "papers": [],
        "fees": fees,
        "path": [{"kind": kind.value} for kind in PATH],
        "target_days": 14,
        "appointment": {
            "pool": pool,
            "units": units,
            "minutes_before": buffers[0],
            "minutes_after": buffers[1],
        },
        "retention_months": 24,
    }


def make_version(
    post: Post,
    *,
    code: str = "PASS_RENEW",
    pool: str = "passports",
    units: int = 1,
    fee: int = 0,
    buffers: tuple[int, int] = (0, 0),
    moves: int | None = None,
) -> ServiceVersion:
    """Return a published service whose visit takes so many units."""
    document = service_document(code=code, pool=pool, units=units, fee=fee, buffers=buffers)
    document["appointment"]["moves"] = moves
    parsed: Definition = definition.parse(document)
    content = definition.dump(parsed)
    service = added(
        Service(
            post_id=post.id,
            code=code,
            category="passport",
            position=10,
            enabled=True,
            draft=content,
            draft_changed_at=clock.now(),
        )
    )
    version: ServiceVersion = added(
        ServiceVersion(
            service_id=service.id,
            service=service,
            number=1,
            content=content,
            content_hash=definition.content_hash(parsed),
            state=VersionState.PUBLISHED,
            published_at=clock.now(),
        )
    )
    return version


def make_account() -> Account:
    """Return an account without an address."""
    now = clock.now()
    key = added(new_data_key(now))
    account: Account = added(
        Account(data_key_id=key.id, data_key=key, language="ar", created_at=now)
    )
    return account


DETAILS = {
    "first_ar": "ليان",
    "father_ar": "سامر",
    "family_ar": "الحمصي",
    "first_latin": "LAYAN",
    "family_latin": "ALHOMSI",
}


def make_person(account: Account, *, fingerprint: str = "") -> Person:
    """Return a person for whom the account acts."""
    now = clock.now()
    key = added(new_data_key(now))
    person = Person(
        data_key_id=key.id,
        data_key=key,
        fingerprint=fingerprint or new_uid(),
        created_at=now,
        updated_at=now,
    )
    person.details = dict(DETAILS)
    found: Person = added(person)
    kind = AuthorityKind.SELF
    added(Authority(account_id=account.id, person_id=found.id, kind=kind, created_at=now))
    return found


def make_case(
    version: ServiceVersion,
    *,
    account: Account | None = None,
    person: Person | None = None,
    step: StepKind = StepKind.APPOINTMENT,
    state: State = State.IN_PROGRESS,
) -> Case:
    """Return a case at a step of its path: papers accepted, visit next, when nothing is said."""
    now = clock.now()
    account = account or make_account()
    person = person or make_person(account)
    case: Case = added(
        Case(
            reference=str(reference.make(version.service.post.prefix)),
            post_id=version.service.post_id,
            service_id=version.service_id,
            version_id=version.id,
            pinned=version,
            account_id=account.id,
            person_id=person.id,
            person=person,
            data_key_id=person.data_key_id,
            data_key=person.data_key,
            language="ar",
            state=state,
            submitted_at=now,
            created_at=now,
            updated_at=now,
        )
    )
    for position, kind in enumerate(PATH, start=1):
        added(CaseStep(case_id=case.id, position=position, kind=kind, state=_standing(kind, step)))
    return case


def bind(account: Account, version: ServiceVersion, size: int) -> list[Case]:
    """Return so many cases of one filing that wait for a seat together."""
    filing = Filing(
        post_id=version.service.post_id,
        service_id=version.service_id,
        account_id=account.id,
        created_at=clock.now(),
        sent_at=clock.now(),
    )
    db.session.add(filing)
    db.session.flush()
    found = [make_case(version, account=account) for _ in range(size)]
    for case in found:
        case.filing_id = filing.id
    db.session.flush()
    return found


def _standing(kind: StepKind, current: StepKind) -> StepState:
    if PATH.index(kind) < PATH.index(current):
        return StepState.DONE
    return StepState.CURRENT if kind is current else StepState.WAITING


def make_booking(case: Case, slot: Slot, *, state: BookingState = BookingState.BOOKED) -> Booking:
    """Return a bare booking at a slot, without claims: for tests that write those themselves."""
    now = clock.now()
    booking: Booking = added(
        Booking(
            post_id=case.post_id,
            case_id=case.id,
            service_id=case.service_id,
            pool_id=slot.pool_id,
            starts_at=slot.starts_at,
            local_at=clock.local(slot.starts_at, slot.pool.site.zone).strftime("%Y-%m-%dT%H:%M"),
            minutes=slot.pool.unit_minutes,
            state=state,
            expires_at=now + timedelta(minutes=10) if state is BookingState.HELD else None,
            created_at=now,
            updated_at=now,
        )
    )
    return booking


def moment(text: str) -> datetime:
    """Return an aware moment from its ISO text."""
    return datetime.fromisoformat(text)


def count_queries(work: Callable[[], object]) -> int:
    """Return how many statements a piece of work sends to the database."""
    sent: list[str] = []

    def note(_c: Row, _cursor: Row, statement: str, *_rest: Row) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(sent)
