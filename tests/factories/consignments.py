"""Cases whose papers go to the capital, and consignments in every stage."""

from datetime import date, timedelta
from typing import Any

from app.cases import changing
from app.cases.consignments import manifest, packing, queries, travelling
from app.cases.consignments.models import Consignment
from app.cases.models import Case
from app.catalogue import services as catalogue
from app.core import clock
from app.core.actor import Actor
from app.core.db import db, transaction
from app.jobs import tasks
from app.jobs.models import Job
from tests.factories import cases as factory
from tests.factories import crowd, people, versions

PATH = ("review", "consignment", "hand_over")


def by_pouch(document: dict[str, Any]) -> None:
    """Have the renewal go to the capital instead of asking for a visit."""
    del document["appointment"]
    document["path"] = [{"kind": kind} for kind in PATH]


def offer() -> None:
    """Offer a service whose papers go to the capital."""
    if not catalogue.is_known(people.post(), "PASS_RENEW"):
        versions.publish(by_pouch)


def waiting(by: Actor) -> Case:
    """Return a case whose papers wait for the next consignment."""
    offer()
    return factory.accepted(people.account(), by)


def crowd_of(by: Actor, number: int) -> list[str]:
    """Return the references of many cases whose papers wait for the next consignment."""
    first = waiting(by)
    return [first.reference, *crowd.clone(first, number - 1)]


def filled(by: Actor, number: int = 1) -> tuple[str, list[str]]:
    """Return an open consignment by its uid, with the references of what lies in it."""
    cases = [waiting(by) for _ in range(number)]
    for case in cases:
        item = packing.put_in(changing.lock(case.id), actor=by)
    box = db.session.get_one(Consignment, item.consignment_id)
    return box.uid, [case.reference for case in cases]


def seal(uid: str, by: Actor) -> Consignment:
    """Seal a consignment; its manifest is made when the worker comes."""
    items = queries.list_items(queries.get_consignment(uid, by).id)
    mark = queries.mark_of(items)
    return travelling.seal(uid, seal="SY 004711", language="ru", mark=mark, actor=by)


def make_manifest(uid: str) -> None:
    """Make the manifest of a sealed consignment, outside of a transaction as the worker does."""
    manifest.make(Job(kind=manifest.MAKE, arguments={"consignment": uid}))


def sent(by: Actor, number: int = 1, *, on: date | None = None) -> tuple[str, list[str]]:
    """Return a consignment that has left, and its references; opens transactions of its own."""
    with transaction():
        uid, references = filled(by, number)
        seal(uid, by)
    make_manifest(uid)
    with transaction():
        travelling.send(uid, on=on or today(), courier="DHL", tracking="T-1", actor=by)
    tasks.drain()
    return uid, references


def today() -> date:
    """Return today at the post."""
    return clock.today("Europe/Moscow")


def days_ago(number: int) -> date:
    """Return a day before today at the post."""
    return today() - timedelta(days=number)
