"""Looks at the queue that officers keep: filters, columns and order under a name."""

import pytest
from flask import Flask

from app.core.actor import Role
from app.desk import saved_views
from tests.integration.desk.conftest import Officer, officer_at
from tests.integration.desk.test_queue import found, sent
from tests.integration.desk.test_queue_filters import change
from tests.visitor import text_of

LOOK = "/en/desk/queue?tab=all&flag=urgent&col=applicant&col=time&order=sent"


def keep(officer: Officer, name: str, *, shared: bool = False) -> None:
    officer.visitor.open(LOOK)
    officer.visitor.submit(
        {"name": name, **({"shared": "y"} if shared else {})}, button="Keep the view"
    )


def heads(officer: Officer) -> list[str]:
    return [text_of(one) for one in officer.visitor.page.by_role("columnheader")]


def test_a_view_opens_as_it_was_kept(app: Flask, officer: Officer) -> None:
    usual, urgent = sent(app, 2)
    change(app, urgent, officer, variant="urgent")
    keep(officer, "Заявления на сегодня")

    officer.visitor.open("/en/desk/queue")
    page = officer.visitor.follow("Заявления на сегодня")

    assert found(page.text) == [urgent] != [usual]
    assert heads(officer) == ["Select", "Reference", "Applicant", "Time"]
    assert "order=sent" in page.url


def test_a_view_is_the_own_of_an_officer_unless_it_is_shared(app: Flask, officer: Officer) -> None:
    keep(officer, "only mine")
    keep(officer, "for everybody", shared=True)
    colleague = officer_at(app, Role.OFFICER)
    stranger = officer_at(app, Role.OFFICER, post="kazan", prefix="JK")

    seen = [one.visitor.open("/en/desk/queue").text for one in (colleague, stranger)]

    assert ["for everybody" in text for text in seen] == [True, False]
    assert not any("only mine" in text for text in seen)


@pytest.mark.parametrize(
    ("typed", "button"),
    [({"name": "sent"}, "Keep the view"), ({"scope": "list"}, "Do something with them")],
)
def test_the_state_of_a_list_that_is_narrowed_is_no_attempt(
    app: Flask,
    officer: Officer,
    caplog: pytest.LogCaptureFixture,
    typed: dict[str, str],
    button: str,
) -> None:
    sent(app, 1)
    officer.visitor.open("/en/desk/queue?tab=all&state=submitted")

    officer.visitor.submit(typed, button=button)

    assert not [one for one in caplog.records if one.name == "app.web.unasked"]


@pytest.mark.parametrize(("role", "may"), [(Role.OFFICER, False), (Role.HEAD, True)])
def test_a_shared_view_is_removed_by_its_owner_or_the_head(
    app: Flask, officer: Officer, role: Role, may: bool
) -> None:
    keep(officer, "for everybody", shared=True)
    other = officer_at(app, role)
    other.visitor.open("/en/desk/queue")
    page = other.visitor.follow("for everybody")

    assert ("Remove this view" in page.text) is may
    if may:
        assert "for everybody" not in other.visitor.submit({}, button="Remove this view").text


def test_a_view_needs_a_name_and_there_are_not_endless_ones(
    officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(officer, " ")
    assert "Give the view a name." in officer.visitor.page.text
    monkeypatch.setattr(saved_views, "MOST", 1)
    keep(officer, "one")
    keep(officer, "two")

    assert "There are 1 views already." in officer.visitor.page.text


def test_what_was_sent_last_stands_in_front(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.desk.views.ROWS", 2)
    references = sent(app, 3)

    first = officer.visitor.open("/en/desk/queue?tab=all&order=sent")
    assert found(first.text) == references[:0:-1]
    assert found(officer.visitor.follow("Next").text) == references[:1]
