"""Forms that no walk over the example comes upon: of states that its pages are led to."""

import io
from collections.abc import Iterator

from sqlalchemy import select
from werkzeug.routing import Rule

from app.appointments import messages as booked
from app.appointments.day.models import Ticket
from app.appointments.models import Booking, BookingState
from app.cases.originals import Original
from app.cases.rules import State
from app.cases.talk.models import Opinion
from app.core.actor import Role
from app.core.db import db
from app.jobs import tasks
from app.notifications.announcements.models import Announcement
from app.payments.models import CashDesk, Receipt, Slip
from app.reporting.wishes.models import ErasureWish
from app.web.access import Audience, policy_of
from tests.factories import announcements
from tests.faults import pressing
from tests.faults.pressing import Form
from tests.faults.reading import (
    Reader,
    Scene,
    at,
    colleague,
    days,
    holder_of,
    owner_of,
    requests,
    uids,
)
from tests.security.world import World

LANGUAGES = ("ar", "ru", "en")
SOUGHT = (
    "appointments.cancel",
    "desk_final.without_visit",
    "desk_issued.order",
    "desk_mandate.show",
    "paying.together",
)
"""Views of one request that few requests have."""
ENOUGH = 3
NUMBERLESS = {"national_number": "", "passport_number": ""}
"""Whoever is entered has no number that somebody else has."""


def rare(world: World) -> Iterator[Form]:
    """Yield the forms of pages of one request, of the first requests that have them."""
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint in SOUGHT and "GET" in (rule.methods or ()):
            yield from _first_with(world, rule)


def _first_with(world: World, rule: Rule) -> Iterator[Form]:
    policy, found = policy_of(world.app, rule.endpoint), 0
    states = (State.IN_PROGRESS, State.IN_REVIEW, State.READY)
    for reference in (one for state in states for one in requests(world, state)):
        built = rule.build({"lang": "en", "reference": reference})
        is_citizens = policy.audience is Audience.CITIZEN
        reader = owner_of(world, reference) if is_citizens else holder_of(world, reference)
        page = list(reader.forms(built[1])) if built else []
        if any(one.endpoint == rule.endpoint for one in page):
            yield from page
            found += 1
        if found == ENOUGH:
            return


def admin_pages(world: World) -> Iterator[Form]:
    """Yield the forms of an admin that ask for more than any word."""
    admin = at(world, "admin")
    opens, closes, value, first, last = days(9, 12, 14, 20, 24)
    span = {"pool": "moscow:documents", "opens_on": opens, "first_on": first, "last_on": last}
    told = {"closes_on": closes, "public_on": value, "public_source": "Word"}
    yield from admin.forms("/en/admin/draws/new", **span, **told)
    yield from admin.forms("/en/admin/queues/new", **span)
    horizons = {f"p{number}-horizon_days": "50" for number in range(1, 5)}
    yield from admin.forms("/en/admin/schedule", **horizons)
    changed = {"body-en": "We have it: ((reference))."}
    admin.press("/en/admin/texts/case_submitted/short", "Save", **changed)
    yield from admin.forms("/en/admin/texts/case_submitted/short")
    admin.press("/en/admin/missions", "Add the mission")
    for link in admin.links("/en/admin/missions", "/admin/missions/"):
        yield from admin.forms(link)
        yield from admin.forms(f"{link}/cancel")


def services(world: World) -> Iterator[Form]:
    """Yield the forms with which a service is built."""
    admin, base = at(world, "admin"), "/en/admin/services/NO_CRIM"
    titles = {f"title-{code}": "Word" for code in LANGUAGES}
    yield from admin.forms("/en/admin/services/new", code="WORD", **titles)
    yield from admin.forms(f"{base}/languages", **{"title-en": "Another title"})
    yield from admin.forms(f"{base}/charges", fee_rule="payment")
    for part in ("page", "paper"):
        yield from admin.forms(f"{base}/parts/{part}/new", key="word_more")
    yield from admin.forms(f"{base}/parts/page/0", **{"title-en": "Another title"})
    yield from admin.forms(f"{base}/parts/paper/0/remove")
    yield from admin.forms(f"{base}/form")
    file = admin.client.get("/en/admin/services/LIFE_CERT/file/draft.json").get_data()
    admin.press("/en/admin/services/LIFE_CERT", "Save the draft", **titles)
    yield from admin.forms("/en/admin/services/LIFE_CERT/versions/publish")
    yield from admin.asked_again("/en/admin/services/import", "Read the file", file=file)


def persons(world: World) -> Iterator[Form]:
    """Yield the entering of somebody, by themselves and at the counter."""
    who = {**NUMBERLESS, "kind": "parent"}
    yield from at(world, "1").forms("/en/account/people/new", **who)
    yield from at(world, "officer").forms("/en/counter/new/PASS_RENEW", **NUMBERLESS)


def money(world: World) -> Iterator[Form]:
    """Yield what a cashier takes, gives back and counts."""
    cashier = at(world, "cashier")
    cashier.press("/en/desk/payments/cash", "Open the cash desk")
    refs = requests(world, State.IN_PROGRESS, "PASS_RENEW")
    for reference in refs:
        yield from cashier.forms(f"/en/desk/payments/{reference}", given="200")
        for amount in ("400", "600"):
            yield from cashier.forms(f"/en/desk/payments/{reference}/together", given=amount)
    cashier.press(f"/en/desk/payments/{refs[0]}", "Confirm", given="200")
    (newest, *_older) = uids(world, Receipt.uid)
    yield from cashier.forms(f"/en/desk/payments/receipts/{newest}/void")
    for uid in uids(world, CashDesk.uid, CashDesk.closed_at.is_(None)):
        yield from cashier.asked_again(f"/en/desk/payments/cash/{uid}", "Close")


def slips(world: World) -> Iterator[Form]:
    """Yield what is said of a slip that a citizen has sent."""
    reference = requests(world, State.IN_PROGRESS, "PASS_RENEW")[-1]
    owner = owner_of(world, reference)
    owner.open(f"/en/requests/{reference}/payment")
    (paid_on,) = days(0)
    file = (io.BytesIO(pressing.PICTURE), "slip.jpg")
    owner.submit({"amount": "200", "paid_on": paid_on, "file": file}, button="Send the slip")
    with world.app.app_context():
        tasks.drain()
    for uid in uids(world, Slip.uid):
        yield from at(world, "cashier").forms(f"/en/desk/payments/slips/{uid}")


def talk(world: World) -> Iterator[Form]:
    """Yield what is asked of colleagues, what they answer, and what is kept of a citizen."""
    reference = requests(world, State.IN_REVIEW)[0]
    holder, where = holder_of(world, reference), f"/en/desk/cases/{reference}"
    asked, uid = colleague(world)
    holder.press(f"{where}/opinions", "Ask", of=uid)
    (opinion, *_others) = uids(world, Opinion.uid)
    yield from holder.forms(f"{where}/opinions/{opinion}/revoke")
    yield from asked.forms(f"{where}/opinions")
    owner_of(world, reference).press(f"/en/requests/{reference}/messages", "Send")
    yield from holder.forms(f"{where}/messages")
    holder.press(f"{where}/originals", "Receive")
    originals = uids(world, Original.uid)
    yield from holder.forms(f"{where}/originals", chosen=originals[:1], signed="y")


def decisions(world: World) -> Iterator[Form]:
    """Yield what is asked twice before it is done, and what corrects an answer."""
    correct = {"phone": "+79160000000", "city": "Word", "university": "Word"}
    for reference in requests(world, State.IN_REVIEW)[:3]:
        holder, where = holder_of(world, reference), f"/en/desk/cases/{reference}"
        for link in holder.links(where, "/answers/"):
            yield from holder.forms(link, **correct)
        if "Continue" in holder.open(where).body.decode():
            yield from holder.asked_again(where, "Continue")
    came = {"receiver": "applicant", "is_signed": "y", "unpaid": "y", "ending": "4821"}
    for reference in requests(world, State.READY)[:2]:
        holder, where = holder_of(world, reference), f"/en/desk/cases/{reference}"
        yield from holder.asked_again(f"{where}/hand-over", "Hand over", **came)


def queue(world: World) -> Iterator[Form]:
    """Yield what is done with many requests at once, and by a second pair of eyes."""
    officer, head = at(world, "officer"), at(world, "head")
    page = officer.open("/en/desk/queue?tab=new")
    boxes = (one for one in page.root.iter("input") if one.get("name") == "case")
    chosen = sorted({one.get("value", "") for one in boxes})[:2]
    officer.submit({"case": chosen}, button="Do something with them")
    bulk = list(officer.forms())
    yield from bulk
    export = next(one for one in bulk if one.endpoint == "desk_bulk.begin")
    answer = export.send(world.app)
    for one in bulk:
        if "export" in str(one.values).lower():
            answer = one.send(world.app)
            yield from officer.forms(answer.headers.get("Location", "/en/desk"))
    for reference in requests(world, State.SUBMITTED):
        where = f"/en/desk/cases/{reference}"
        if "Second check" in head.open(where).text:
            head.press(where, "Take the request")
            yield from head.forms(f"{where}/give-back")


def announced(world: World) -> Iterator[Form]:
    """Yield what is done with an announcement, before and after a colleague was asked."""
    admin = at(world, "admin")
    said = {"title": announcements.TITLE, "text": announcements.TEXT}
    texts = {f"{part}-{code}": one for part, words in said.items() for code, one in words.items()}
    admin.open("/en/admin/announcements/new")
    admin.submit(
        {"audience": "open_requests", "service": "PASS_RENEW", **texts}, button="Save and look"
    )
    uid, *_older = uids(world, Announcement.uid)
    yield from admin.forms(f"/en/admin/announcements/{uid}/edit")
    yield from admin.forms(f"/en/admin/announcements/{uid}")


def hall(world: World) -> Iterator[Form]:
    """Yield what is done at a counter to which nobody was called, and with a number that went."""
    officer, _uid = colleague(world)
    officer.press("/en/desk/counter", "Open the counter", number="3")
    yield from officer.forms("/en/desk/counter")
    other = at(world, "officer")
    yield from other.forms("/en/desk/hall")
    yield from (
        form
        for uid in uids(world, Ticket.uid)
        for form in other.forms(f"/en/desk/hall/tickets/{uid}")
    )


def booking(world: World) -> Iterator[Form]:
    """Yield the confirming of a time, of another one, and what a reminder leads to."""
    is_booked = False
    for reference in requests(world, State.IN_PROGRESS):
        citizen = owner_of(world, reference)
        found = list(_choosing(citizen, reference, "book"))
        if found and not is_booked:
            is_booked = found[0].send(world.app).status_code == 302
            found = [
                *citizen.forms(f"/en/requests/{reference}/appointment/cancel"),
                *at(world, "officer").forms(f"/en/desk/arrivals/{reference}/cancel"),
                *at(world, "officer").forms(f"/en/desk/arrivals/{reference}/time"),
                *_choosing(citizen, reference, "move"),
            ]
        yield from found
    with world.app.app_context():
        query = select(Booking).where(Booking.state == BookingState.BOOKED)
        paths = [f"/en/visit/{one.uid}/{booked.proof_of(one)}" for one in db.session.scalars(query)]
    nobody = Reader(world, "")
    for path in paths:
        yield from nobody.forms(path)
        yield from nobody.forms(f"{path}/cancel")


def _choosing(citizen: Reader, reference: str, place: str) -> Iterator[Form]:
    """Keep a time that is shown, not twice the same; yield what makes it the appointment."""
    page = citizen.open(f"/en/requests/{reference}/{place}")
    times = [one.get("value") for one in page.root.iter("input") if one.get("name") == "at"]
    if times and f"/{place}" in page.url:
        citizen.submit({"at": times[0 if place == "move" else -1]}, button="Keep this time")
        yield from citizen.forms()


def erasing(world: World) -> Iterator[Form]:
    """Yield what two of the staff say of an application for erasure, and what takes it back."""
    for key in list(world.owners)[7:9]:
        citizen = at(world, key)
        citizen.press("/en/account/erasure", "Apply for the erasure of my account")
        yield from citizen.forms("/en/account/erasure")
    (uid, *_others) = uids(world, ErasureWish.uid)
    proposer, _uid = colleague(world, Role.HEAD, Role.OFFICER)
    proposer.press(f"/en/desk/erasure/{uid}", "Propose")
    yield from at(world, "head").forms(f"/en/desk/erasure/{uid}")


def waived(world: World) -> Iterator[Form]:
    """Yield the taking back of a waiver."""
    for reference in requests(world, State.IN_REVIEW):
        holder, where = holder_of(world, reference), f"/en/desk/cases/{reference}/waiver"
        if any(one.endpoint == "desk_waiver.grant" for one in holder.forms(where)):
            holder.press(where, "Grant the waiver")
            yield from holder.forms(f"{where}/revoke")
            return


def rights(world: World) -> Iterator[Form]:
    """Yield what is asked for a colleague who was shut out."""
    admin, (_reader, uid) = at(world, "admin"), colleague(world)
    where = f"/en/admin/staff/{uid}"
    admin.press(where, "Shut out")
    yield from admin.forms(where)


def moved(world: World) -> Iterator[Form]:
    """Yield what is done for those whom a change of hours hits."""
    admin = at(world, "admin")
    for link in reversed(admin.links("/en/admin/schedule", "/remove")):
        if "Apply the change" not in admin.open(link).body.decode():
            continue
        admin.submit(button="Apply the change")
        found = list(admin.forms())
        if any(one.endpoint == "resettle_admin.begin" for one in found):
            yield from found
            return


SCENES: tuple[Scene, ...] = (
    rare,
    admin_pages,
    services,
    persons,
    money,
    slips,
    talk,
    decisions,
    queue,
    announced,
    hall,
    erasing,
    waived,
    rights,
)
