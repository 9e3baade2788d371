"""What the example lacks, made on the pages themselves: one of each thing that has an address."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts import queries
from app.accounts import services as accounts
from app.accounts.models import StaffMember, StaffRole
from app.accounts.rights import services as rights
from app.cases.models import Case
from app.cases.rules import ENDED
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, transaction
from tests.factories import announcements
from tests.security.world import OWNERS, World
from tests.visitor import Visitor

WORDS = {"ar": "كلمة", "ru": "Слово", "en": "Word"}


def stock(world: World) -> None:
    """Make what the pages of staff can make."""
    head, officer, reception, admin = (
        Visitor(world.actor(role.value))
        for role in (Role.HEAD, Role.OFFICER, Role.RECEPTIONIST, Role.ADMIN)
    )
    _texts(admin)
    _hall(head, officer, reception)
    _team(world, head)
    _queue(officer)
    _erasure(world)
    _rights(world)


def _texts(admin: Visitor) -> None:
    admin.open("/en/admin/answers/new")
    words: dict[str, str] = {}
    for part in ("title", "body"):
        words |= {f"{part}-{code}": word for code, word in WORDS.items()}
    admin.submit(words)
    admin.open("/en/admin/announcements/new")
    texts = {
        f"{part}-{code}": text
        for part, said in (("title", announcements.TITLE), ("text", announcements.TEXT))
        for code, text in said.items()
    }
    admin.submit({"audience": "open_requests", "service": "PASS_RENEW", **texts})


def _hall(head: Visitor, officer: Visitor, reception: Visitor) -> None:
    reception.open("/en/desk/hall")
    reception.submit({"ground": "", "note": ""}, button="Give a number")
    officer.open("/en/desk/counter")
    officer.submit({"number": "2"}, button="Open the counter")
    officer.submit(button="Call the next")
    head.open("/en/desk/hall/devices")
    head.submit({"kind": "board", "name": "above the door"}, button="Add the device")
    head.open("/en/desk/hall/devices")
    head.submit({"kind": "kiosk", "name": "beside the door"}, button="Add the device")


def _team(world: World, head: Visitor) -> None:
    with world.app.app_context():
        officers = select(StaffRole.staff_id).where(StaffRole.role == Role.OFFICER)
        query = select(StaffMember.uid).where(StaffMember.id.in_(officers))
        uid = db.session.scalars(query.order_by(StaffMember.id)).first()
        day = (clock.today("Europe/Moscow") + timedelta(days=9)).isoformat()
    head.open("/en/desk/team")
    head.submit({"name": "الجوازات"}, button="Add a group")
    head.open("/en/desk/team")
    head.submit({"first": day, "last": day, "officer": str(uid), "deputy": ""}, button="Note")


def _queue(officer: Visitor) -> None:
    officer.open("/en/desk/queue?tab=new&order=sent")
    officer.submit({"name": "مشترك", "shared": "y"}, button="Keep the view")
    officer.open("/en/desk/queue?tab=new")
    officer.follow("Export this list …")
    officer.submit({"format": "csv"}, button="Build the file")


def _erasure(world: World) -> None:
    """Have a citizen apply for the erasure of a request that has ended."""
    first = list(world.owners)[:OWNERS]
    with world.app.app_context():
        ended = select(Case).where(Case.state.in_(ENDED), Case.account_id.in_(map(int, first)))
        case = db.session.scalars(ended.order_by(Case.id)).first()
        assert case is not None
        owner, reference = str(case.account_id), case.reference
    citizen = Visitor(world.owner(owner))
    citizen.open(f"/en/account/erasure/requests/{reference}")
    citizen.submit()


def _rights(world: World) -> None:
    """Have an officer of two roles, and one admin ask for a third, for another one to agree."""
    with world.app.app_context(), transaction():
        asking, officer = (queries.get_staff_by_login(login) for login in ("admin", "maher"))
        actor = Actor(kind=ActorKind.STAFF, id=asking.id, post_id=asking.roles[0].post_id)
        accounts.grant(officer, asking.roles[0].post_id, Role.RECEPTIONIST, actor=actor)
        rights.ask_role(officer.uid, Role.CASHIER, actor=actor)
