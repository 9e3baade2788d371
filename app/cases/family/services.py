"""Filing for several persons of a household: begun together, sent all or none.

Each function works in the caller's transaction.
"""

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _l

from app.accounts.models import Account, Person
from app.accounts.rules import Details, display_name
from app.cases import changing, contents, moving
from app.cases import filing as drafts
from app.cases import queries as cases
from app.cases.family import queries
from app.cases.family.models import Filing
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock, i18n
from app.core.actor import Actor
from app.core.crypto import cannot_be_read
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotFound
from app.documents import services as documents

MOST_PERSONS = 10
"""A household that comes to one counter at one time."""


def start(
    persons: Sequence[Person],
    *,
    service_code: str,
    account: Account,
    actor: Actor,
    language: str,
    key: str,
    variant: str = "regular",
) -> list[Case]:
    """Return a draft for each person, bound together when there are several.

    Raises Invalid for too many persons, and whatever cases.filing.start raises for one of them.
    """
    if len(persons) > MOST_PERSONS:
        raise Invalid(
            _l("At most %(most)s persons can be filed for together."),
            field="person",
            most=MOST_PERSONS,
        )
    begun = [
        drafts.start(
            service_code=service_code,
            person=person,
            account=account,
            actor=actor,
            language=language,
            key=key,
            variant=variant,
        )
        for person in persons
    ]
    if len(begun) > 1 and begun[0].filing_id is None:
        _bind(begun, account)
    return begun


def _bind(begun: Sequence[Case], account: Account) -> None:
    filing = Filing(
        post_id=begun[0].post_id,
        service_id=begun[0].service_id,
        account_id=account.id,
        created_at=clock.now(),
    )
    db.session.add(filing)
    db.session.flush()
    for case in begun:
        case.filing_id = filing.id
    db.session.flush()


def submit(reference: str, *, actor: Actor, seen: str, key: str) -> Sequence[Case]:
    """Send all drafts of the filing to which a case belongs, or none of them; return the cases.

    `seen` is queries.seen_of the cases that the actor looked at. Sent once more, nothing changes.
    Raises Conflict when one of them changed since, and Invalid that names the person of whom
    something is missing.
    """
    case = cases.get_case(reference, actor)
    if case.filing_id is None:
        raise NotFound()
    filing = queries.lock(case.filing_id)
    members = queries.members_of(case, actor)
    if filing.sent_at is not None:
        return members
    if seen != queries.seen_of(members):
        raise Conflict()
    sent = [_send(member, actor, key) for member in members]
    filing.sent_at = clock.now()
    db.session.flush()
    return sent


def _send(case: Case, actor: Actor, key: str) -> Case:
    if case.state is not State.DRAFT:
        return case
    try:
        return drafts.submit(case.reference, actor=actor, seen=case.version, key=key)
    except Invalid as refusal:
        raise Invalid(
            _l("%(person)s: %(reason)s"), person=name_of(case), reason=refusal.sentence()
        ) from None


def name_of(case: Case) -> str:
    """Return the name of the person whom a case concerns, for the reader."""
    if cases.lacks(case.person):
        return cannot_be_read()
    return display_name(Details.from_json(case.person.details or {}), i18n.language())


def takers(case: Case, paper_key: str, actor: Actor) -> list[Case]:
    """Return the other drafts of a filing that lack a paper which households have in common."""
    if case.state is not State.DRAFT or not _is_shared(case, paper_key):
        return []
    return [one for one in queries.others_of(case, actor) if _takes(one, paper_key)]


def choose_variant(case: Case, variant: str, *, actor: Actor) -> None:
    """Have a draft, and those filed together with it, worked on in another way.

    Raises as `moving.choose_variant` does.
    """
    for one in queries.members_of(case, actor) or [case]:
        moving.choose_variant(one.reference, variant, actor=actor)


def _is_shared(case: Case, paper_key: str) -> bool:
    papers = cases.definition(case).all_papers()
    return any(paper.shared for paper in papers if paper.key == paper_key)


def _takes(case: Case, paper_key: str) -> bool:
    asked = {paper.key for paper in contents.asked_papers(case)}
    if case.state is not State.DRAFT or paper_key not in asked:
        return False
    return not any(item.key == paper_key and contents.live_files(item) for item in case.items)


def attach_to_all(
    case: Case, paper_key: str, upload: documents.Upload, *, issued_on: date | None, actor: Actor
) -> None:
    """Attach a file to a paper of a draft, and to the same paper of its takers.

    Each person has a key of their own, so that one can be erased without another: the bytes are
    sealed once for each.
    """
    # All at once by their keys, as who sends them does: one by one, two tabs wait for each other.
    wanted = [case.id, *(one.id for one in takers(case, paper_key, actor))]
    others = [one for one in changing.lock_all(wanted) if one.id != case.id]
    for one in [case, *(one for one in others if _takes(one, paper_key))]:
        document = documents.keep(upload, data_key=one.data_key)
        drafts.attach(one.reference, paper_key, document, issued_on=issued_on, actor=actor)
