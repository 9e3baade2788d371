"""One filing for several persons: begun together, sent all or none, one sum."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Account, AuthorityKind
from app.cases import bills, contents
from app.cases import queries as cases
from app.cases import services as case_services
from app.cases.family import queries, services, sums
from app.cases.family.models import Filing
from app.cases.models import Case
from app.cases.rules import ItemKind, State
from app.core.crypto import cannot_be_read
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.documents import services as documents
from tests.factories import cases as factory
from tests.factories import families, files, people
from tests.factories import mandates as papers


@dataclass
class Attached:
    """A file as a form brings it."""

    stream: IO[bytes]
    filename: str | None = "إخراج قيد.pdf"


@pytest.fixture
def account(app: Flask) -> Iterator[Account]:
    """Be an account while a transaction is open."""
    with app.test_request_context(), transaction():
        factory.offer()
        yield people.account()


def states() -> list[State]:
    return list(db.session.scalars(select(Case.state).order_by(Case.id)))


def test_one_person_needs_no_filing(account: Account) -> None:
    (case,) = families.begun(account, 1)

    assert case.filing_id is None
    assert queries.members_of(case, factory.citizen(account)) == []


def test_several_persons_are_sent_at_once(account: Account) -> None:
    sent = families.submitted(account, 3)

    assert states() == [State.SUBMITTED] * 3
    assert len({case.filing_id for case in sent}) == 1
    assert len({case.reference for case in sent}) == 3
    assert db.session.scalars(select(Filing.sent_at)).one() is not None


def test_nothing_is_sent_while_one_lacks_something(account: Account) -> None:
    first, second = families.begun(account)
    factory.fill(first)

    with pytest.raises(Invalid) as refusal, db.session.begin_nested():
        families.send(account, [first, second])

    assert "سامي" in str(refusal.value.params["person"])
    db.session.expire_all()
    assert states() == [State.DRAFT, State.DRAFT]


def test_what_was_changed_meanwhile_is_not_sent(account: Account) -> None:
    first, second = families.complete(account)
    actor = factory.citizen(account)
    seen = queries.seen_of(queries.members_of(first, actor))
    changed = {**factory.ANSWERS["stay_in_russia"], "city": "Москва"}
    case_services.save_page(second.reference, "stay_in_russia", changed, actor=actor)

    with pytest.raises(Conflict):
        services.submit(first.reference, actor=actor, seen=seen, key=new_uid())

    assert states() == [State.DRAFT, State.DRAFT]


def test_sending_once_more_changes_nothing(account: Account) -> None:
    sent = families.submitted(account)
    versions = [case.version for case in sent]

    again = services.submit(
        sent[1].reference, actor=factory.citizen(account), seen="", key=new_uid()
    )

    assert [case.version for case in again] == versions


def test_a_stranger_sends_nothing(account: Account) -> None:
    first, *_rest = families.complete(account)
    stranger = factory.citizen(people.account())

    with pytest.raises(NotFound):
        services.submit(first.reference, actor=stranger, seen="", key=new_uid())


def test_the_same_form_begins_no_second_filing(account: Account) -> None:
    persons = [factory.person(account, name) for name in families.NAMES]
    key, actor = new_uid(), factory.citizen(account)

    def begin() -> list[int]:
        begun = services.start(
            persons,
            service_code="PASS_RENEW",
            account=account,
            actor=actor,
            language="ar",
            key=key,
        )
        return [case.id for case in begun]

    assert begin() == begin()
    assert db.session.scalar(select(func.count()).select_from(Filing)) == 1


def test_a_household_has_an_end(account: Account) -> None:
    person = factory.person(account)

    with pytest.raises(Invalid) as refusal:
        services.start(
            [person] * (services.MOST_PERSONS + 1),
            service_code="PASS_RENEW",
            account=account,
            actor=factory.citizen(account),
            language="ar",
            key=new_uid(),
        )

    assert refusal.value.field == "person"


def test_one_without_authority_begins_nothing_for_anybody(account: Account) -> None:
    child = factory.person(account)
    principal = papers.person_of(account, AuthorityKind.AGENT)

    with pytest.raises(Invalid), db.session.begin_nested():
        services.start(
            [child, principal],
            service_code="PASS_RENEW",
            account=account,
            actor=factory.citizen(account),
            language="ar",
            key=new_uid(),
        )

    assert states() == []


def test_one_file_is_attached_to_the_same_paper_of_all(account: Account) -> None:
    first, second, third = families.begun(account, 3, birth="2016-03-27")
    actor = factory.citizen(account)
    has_own = contents.live_files(cases.find_item(second, ItemKind.PAPER, "guardianship"))
    assert has_own == []
    factory.attach(second, "guardianship", actor)
    upload = documents.examine(Attached(io.BytesIO(files.pdf())), formats=("pdf",))

    on = factory.yesterday()
    services.attach_to_all(first, "guardianship", upload, issued_on=on, actor=actor)

    rows = [
        contents.live_files(
            cases.find_item(cases.get_case(one.reference, actor), ItemKind.PAPER, "guardianship")
        )
        for one in (first, second, third)
    ]
    assert [len(one) for one in rows] == [1, 1, 1]
    own, _kept, shared = (one[0].document for one in rows)
    assert own.sha256 == shared.sha256
    assert own.data_key_id == first.data_key_id != shared.data_key_id == third.data_key_id
    assert documents.original(own) == documents.original(shared)


def test_the_sum_is_that_of_the_lines(account: Account) -> None:
    sent = families.submitted(account, 3)

    bill = sums.together(sent)

    alone = bills.bill_of(sent[0]).total
    assert len(bill.lines) == 3
    (amount,) = alone.values()
    assert str(3 * amount // 100) in bill.total.replace(",", "").replace("\xa0", "")


def test_staff_see_the_others_once_they_were_sent(account: Account) -> None:
    drafted = families.complete(account)
    officer = factory.officer()
    assert queries.members_of(drafted[0], officer) == []

    sent = families.send(account, drafted)

    assert [one.id for one in queries.others_of(sent[0], officer)] == [sent[1].id]


def test_a_person_who_was_taken_away_is_said_to_be_unreadable(app: Flask) -> None:
    with app.test_request_context():
        assert services.name_of(Case()) == cannot_be_read()
