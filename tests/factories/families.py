"""Households that file together."""

from collections.abc import Sequence

from app.accounts.models import Account
from app.cases import changing
from app.cases import services as cases
from app.cases.family import queries, services
from app.cases.models import Case
from app.core.db import new_uid
from tests.factories import cases as factory

NAMES = ("ليان", "سامي", "رنا")


def begun(account: Account, count: int = 2) -> list[Case]:
    """Return drafts without answers that are bound together."""
    factory.offer()
    return services.start(
        [factory.person(account, first) for first in NAMES[:count]],
        service_code="PASS_RENEW",
        account=account,
        actor=factory.citizen(account),
        language="ar",
        key=new_uid(),
    )


def complete(account: Account, count: int = 2) -> list[Case]:
    """Return drafts of a filing that lack nothing."""
    return [fill(case, account) for case in begun(account, count)]


def fill(case: Case, account: Account) -> Case:
    """Answer and bring whatever a draft asks for."""
    actor = factory.citizen(account)
    for page, values in factory.ANSWERS.items():
        cases.save_page(case.reference, page, values, actor=actor)
    for paper in factory.PAPERS:
        factory.attach(case, paper, actor)
    return changing.lock(case.id)


def send(account: Account, drafts: Sequence[Case]) -> Sequence[Case]:
    """Send a filing as it stands now."""
    actor = factory.citizen(account)
    members = queries.members_of(drafts[0], actor)
    seen = queries.seen_of(members)
    return services.submit(drafts[0].reference, actor=actor, seen=seen, key=new_uid())


def submitted(account: Account, count: int = 2) -> Sequence[Case]:
    """Return the cases of a filing that was just sent."""
    return send(account, complete(account, count))
