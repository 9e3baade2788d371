"""Forms of requests that are made for them, by the services, in states that the example lacks."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from sqlalchemy import func, select

from app.accounts import sessions
from app.accounts.models import Account
from app.appointments import visiting
from app.appointments.missed import services as missed_visits
from app.appointments.missed.models import MissedVisit
from app.appointments.models import Booking, BookingState
from app.appointments.waiting import messages as waiting_words
from app.appointments.waiting.models import WaitingEntry
from app.appointments.waiting.rules import EntryState
from app.cases import issuing, queries
from app.cases import services as cases
from app.cases.consignments import manifest
from app.cases.consignments.models import Consignment
from app.cases.models import Case, CorrectionRound
from app.cases.rules import State
from app.catalogue import services as catalogue
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db, new_uid, transaction
from app.jobs import tasks
from app.jobs.models import Job, JobState
from app.notifications.models import MessageState
from app.reporting.retention import tasks as keeping
from app.reporting.retention.models import Retention
from tests.factories import cases as factory
from tests.factories import (
    consents,
    consignments,
    families,
    letters,
    mandates,
    messages,
    people,
    versions,
)
from tests.factories.jobs import find_job
from tests.faults import pressing, scenes
from tests.faults.pressing import Form
from tests.faults.reading import (
    Reader,
    Scene,
    at,
    holder_of,
    of_actor,
    owner_of,
    parts,
    requests,
    uids,
)
from tests.integration.cases.test_moving import rearranged
from tests.security.world import ELSEWHERE, World

Make = Callable[[Account, Actor], Case]


def forms(world: World) -> Iterator[Form]:
    """Yield the forms of all scenes, one after the other."""
    for scene in (*scenes.SCENES, *SCENES):
        yield from scene(world)


def _citizen(world: World, make: Make) -> tuple[Reader, str]:
    """Return the citizen of a request that is made for them, and where its pages are."""
    with world.app.test_request_context(), transaction():
        account = people.account()
        case = make(account, factory.officer())
        return Reader(world, sessions.begin(account=account)), f"/en/requests/{case.reference}"


def drafts(world: World) -> Iterator[Form]:
    """Yield the last steps before a request is sent, alone and with others."""
    citizen, where = _citizen(world, lambda account, _by: factory.complete(account))
    yield from citizen.forms(f"{where}/check")
    yield from citizen.forms(f"{where}/speed", variant="urgent")
    citizen, where = _citizen(world, lambda account, _by: families.complete(account)[0])
    yield from citizen.forms(f"{where}/together")
    with world.app.test_request_context(), transaction():
        account = people.account()
        uid, token = mandates.person_of(account).uid, sessions.begin(account=account)
    yield from Reader(world, token).forms(f"/en/account/people/{uid}/authority")


def ways_back(world: World) -> Iterator[Form]:
    """Yield what a citizen does after a question, after silence and after a refusal."""
    citizen, where = _citizen(world, factory.asked)
    citizen.press(f"{where}/papers/photo", "Attach", file=pressing.PICTURE)
    yield from citizen.forms(f"{where}/mend")
    citizen, where = _citizen(world, _lapsed)
    yield from citizen.forms(f"{where}/revive")
    citizen, where = _citizen(world, _refused)
    yield from citizen.forms(f"{where}/appeal")


def _lapsed(account: Account, by: Actor) -> Case:
    case = factory.asked(account, by)
    query = select(CorrectionRound).where(CorrectionRound.case_id == case.id)
    asked = db.session.scalars(query).one()
    asked.until_on = clock.today("Europe/Moscow") - timedelta(days=1)
    db.session.flush()
    cases.lapse(asked)
    return case


def _refused(account: Account, by: Actor) -> Case:
    case, why = factory.taken(account, by), {"reason_code": "not_entitled", "note": "Word"}
    return cases.refuse(case.reference, actor=by, seen=case.version, key=new_uid(), **why)


def troubles(world: World) -> Iterator[Form]:
    """Yield what is decided about a message and a job that failed."""
    with world.app.test_request_context(), transaction():
        account, post = messages.reachable(address="scene@example.org"), people.post()
        messages.troubled(MessageState.UNKNOWN, account=account, dedupe="scene", post_id=post.id)
        job = db.session.scalars(select(Job).limit(1)).one()
        job.state, job.ended_at, job.last_error = JobState.FAILED, clock.now(), "OSError"
    yield from at(world, "admin").forms("/en/desk/messages")
    yield from at(world, "admin").forms("/en/admin/work")


def waiting(world: World) -> Iterator[Form]:
    """Yield what is answered to the waiting list: while it waits, when asked, and in silence."""
    for reference in requests(world, State.IN_PROGRESS, "PASS_RENEW"):
        owner = owner_of(world, reference)
        if "Join the list" in owner.open(f"/en/requests/{reference}/waiting").text:
            owner.submit(button="Join the list")
    with world.app.app_context(), transaction():
        entries = db.session.scalars(select(WaitingEntry).order_by(WaitingEntry.id)).all()
        for one in entries[1:]:
            one.asked_at = clock.now()
        for one in entries[2:]:
            one.state, one.ended_at = EntryState.SILENT, clock.now()
        paths = [
            (one.case.reference, f"/en/waiting/{one.uid}/{waiting_words.proof_of(one)}")
            for one in entries
        ]
    for reference, path in paths:
        yield from owner_of(world, reference).forms(f"/en/requests/{reference}/waiting")
        yield from Reader(world, "").forms(path)


def missed(world: World) -> Iterator[Form]:
    """Yield what the head does once somebody has objected who was marked as not come."""
    with world.app.test_request_context(), transaction():
        booked = select(func.min(Booking.starts_at)).where(Booking.state == BookingState.BOOKED)
        later = db.session.scalars(booked).one() + timedelta(hours=14)
        with clock.pretend(later):
            missed_visits.note(visiting.mark_missed(later))
        query = select(MissedVisit.uid, Case.reference).join(Case)
        found = [(one.uid, one.reference) for one in db.session.execute(query)]
    uid, reference = found[0]
    owner_of(world, reference).press(f"/en/requests/{reference}/missed", "")
    yield from at(world, "head").forms(f"/en/desk/missed/{uid}")


def transferred(world: World) -> Iterator[Form]:
    """Yield the passing on of a request to a post that offers the same."""
    with world.app.test_request_context(), transaction():
        other = db.session.scalars(select(Post).where(Post.code == ELSEWHERE)).one()
        service = catalogue.save_draft(other, factory.definition(), actor=SYSTEM)
        catalogue.publish(service, actor=SYSTEM)
    for reference in requests(world, State.SUBMITTED, "PASS_RENEW"):
        yield from at(world, "head").forms(f"/en/desk/cases/{reference}/transfer")


def retention(world: World) -> Iterator[Form]:
    """Yield what holds a request whose time of keeping is about to end, and lets it go."""
    late = clock.now() + timedelta(days=5 * 366)
    with clock.pretend(late), world.app.app_context():
        with transaction():
            keeping.schedule(late)
        tasks.drain()
    with world.app.app_context():
        query = select(Case.reference).join(Retention, Retention.case_id == Case.id)
        query = query.where(Case.submitted_at.is_not(None)).order_by(Case.id)
        first, second, *_others = db.session.scalars(query)
    head = at(world, "head")
    head.press(f"/en/desk/retention/{first}", "")
    yield from head.forms(f"/en/desk/retention/{second}")
    yield from head.forms("/en/desk/retention")


def consent(world: World) -> Iterator[Form]:
    """Yield what is done while the other parent has not consented, and after a new version."""
    citizen, where = _citizen(world, lambda account, _by: consents.draft(account))
    yield from citizen.forms(f"{where}/consent")
    with world.app.test_request_context(), transaction():
        by, account = factory.officer(), people.account()
        case = factory.complete(account)
        consents.name(account, case)
        consents.send(account, case)
        reference = case.reference
        cases.take(reference, actor=by, seen=queries.get_case(reference, by).version, key="take")
    yield from of_actor(world, by).forms(f"/en/desk/cases/{reference}/consent")


def new_version(world: World) -> Iterator[Form]:
    """Yield the going on with another version of a service, of a draft and of what is checked."""
    with world.app.test_request_context(), transaction():
        versions.publish(rearranged)
    for draft in requests(world, State.DRAFT, "PASS_RENEW"):
        yield from owner_of(world, draft).forms(f"/en/requests/{draft}/new-version")
    for held in requests(world, State.IN_REVIEW, "PASS_RENEW"):
        yield from holder_of(world, held).forms(f"/en/desk/cases/{held}/new-version")


def claimed(world: World) -> Iterator[Form]:
    """Yield the taking over of a request that was filed at the counter, and its erasure."""
    with world.app.app_context():
        case = db.session.scalars(select(Case).where(Case.account_id.is_(None))).one()
        birth = date.fromisoformat(str((case.person.details or {})["birth"]))
        slip = {"reference": case.reference, "code": case.follow_code}
    yield from at(world, "1").forms("/en/requests/claim", **slip, birth=parts(birth), kind="parent")
    asked = {"reference": slip["reference"], "address": "somebody@example.org"}
    yield from at(world, "officer").forms("/en/desk/erasure/visitor", **asked)


def letter(world: World) -> Iterator[Form]:
    """Yield the issuing of a document, and what revokes it."""
    with world.app.test_request_context(), transaction():
        by = factory.officer()
        letters.publish()
        first, reference = (letters.in_production(people.account(), by).reference for _ in range(2))
    yield from of_actor(world, by).forms(f"/en/desk/cases/{first}")
    with world.app.test_request_context(), transaction():
        seen = queries.get_case(reference, by).version
        issuing.issue(reference, actor=by, seen=seen, key=new_uid(), reason="Word")
    with world.app.app_context():
        tasks.drain()
    where = f"/en/desk/cases/{reference}/document/1/revoke"
    yield from at(world, "head").asked_again(where, "Continue")


def pouch(world: World) -> Iterator[Form]:
    """Yield what is done with a consignment that is open, sealed, ready and under way."""
    with world.app.test_request_context(), transaction():
        versions.publish(consignments.by_pouch)
        by = factory.officer()
    holder = of_actor(world, by)
    for is_made in (True, False):
        uid = _sealed(world, by)
        if is_made:
            with world.app.test_request_context():
                consignments.make_manifest(uid)
        yield from holder.forms(f"/en/desk/consignments/{uid}")
    with world.app.test_request_context(), transaction():
        uid, _references = consignments.filled(by)
    yield from holder.forms(f"/en/desk/consignments/{uid}")
    for uid in uids(world, Consignment.uid):
        yield from holder.forms(f"/en/desk/consignments/{uid}/return")
        yield from holder.forms(f"/en/desk/consignments/{uid}/return/end")


def _sealed(world: World, by: Actor) -> str:
    with world.app.test_request_context(), transaction():
        uid, _references = consignments.filled(by)
        consignments.seal(uid, by)
        job = find_job(f"{manifest.MAKE}/{uid}")
        assert job is not None
        job.state, job.ended_at, job.last_error = JobState.FAILED, clock.now(), "OSError"
        return uid


SCENES: tuple[Scene, ...] = (
    retention,
    scenes.moved,
    missed,
    drafts,
    ways_back,
    troubles,
    waiting,
    transferred,
    consent,
    letter,
    pouch,
    claimed,
    new_version,
    scenes.booking,
)
"""In this order: what a scene has become of the example is there for those after it."""
