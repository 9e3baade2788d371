"""A draft whose service was withdrawn says so, and offers nothing that cannot work."""

import pytest

from app.accounts.models import Account
from app.catalogue import queries, services
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from tests.factories import families, people, versions
from tests.integration.portal.conftest import Citizen
from tests.visitor import text_of

SENTENCE = "This service is not available at present; your draft is kept."


def withdraw(citizen: Citizen) -> None:
    with citizen.app.app_context(), transaction():
        service = queries.get_service(people.post().id, "PASS_RENEW")
        services.withdraw(service, actor=SYSTEM)


def buttons(citizen: Citizen) -> list[str]:
    main = next(citizen.page.root.iter("main"))
    pressed = [e for e in main.iter() if "govuk-button" in (e.get("class") or "").split()]
    return [text_of(e) for e in pressed]


@pytest.mark.parametrize("path", ["", "/page/travel_document", "/papers", "/check"])
def test_a_draft_of_a_withdrawn_service_says_that_it_is_kept(citizen: Citizen, path: str) -> None:
    reference = citizen.make("complete")
    withdraw(citizen)

    page = citizen.open(f"/requests/{reference}{path}")

    assert page.text.count(SENTENCE) == 1
    assert not {"Send the request", "Go on"} & set(buttons(citizen))


def test_what_waits_for_the_citizen_comes_before_what_cannot_be_sent(citizen: Citizen) -> None:
    waiting = citizen.make("asked")
    kept = citizen.make("complete")
    withdraw(citizen)

    page = citizen.open("/requests")

    assert buttons(citizen)[0] == "Show what is to be mended"
    assert page.text.index(waiting) < page.text.index(kept)
    assert page.text.count(SENTENCE) == 1


def test_a_household_is_told_before_it_would_send(citizen: Citizen) -> None:
    with citizen.app.test_request_context(), transaction():
        account = db.session.get_one(Account, citizen.account_id)
        first = families.complete(account, 2)[0].reference
    citizen.open(f"/requests/{first}/together")
    assert "Send 2 requests" in buttons(citizen)
    withdraw(citizen)

    page = citizen.open(f"/requests/{first}/together")

    assert SENTENCE in page.text
    assert "Send 2 requests" not in buttons(citizen)


def test_a_draft_can_be_sent_again_once_the_service_is_back(citizen: Citizen) -> None:
    reference = citizen.make("complete")
    withdraw(citizen)
    with citizen.app.app_context(), transaction():
        versions.publish(lambda _document: None)

    citizen.open(f"/requests/{reference}/check")

    assert SENTENCE not in citizen.page.text
    assert "Send the request" in buttons(citizen)
