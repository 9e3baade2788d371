"""The commands with which an operator lets staff in."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import factors, queries, sessions
from app.accounts.models import SignIn
from app.audit.models import AuditEntry
from app.core.actor import Role
from app.core.db import db, transaction
from tests.integration.accounts.conftest import PASSWORD

CREATE = ["create-officer", "salma", "--name-ar=سلمى", "--name-ru=Сальма", "--name-en=Salma"]


def test_an_operator_lets_an_officer_in(app: Flask, post_id: int) -> None:
    result = app.test_cli_runner().invoke(args=CREATE, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    with app.app_context():
        staff = factors.get_by_password("salma", PASSWORD)
        assert [(role.post_id, role.role) for role in staff.roles] == [(post_id, Role.OFFICER)]
        assert not staff.has_second_factor


def test_a_short_password_is_refused_in_one_line(app: Flask, post_id: int) -> None:
    result = app.test_cli_runner().invoke(args=CREATE, input="short\nshort\n")
    assert result.exit_code == 1
    assert result.output.endswith("Error: A password has 12 to 256 characters.\n")


def test_without_a_post_nobody_is_let_in(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=CREATE, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 1
    with app.app_context():
        assert queries.find_staff("salma") is None


def test_an_operator_gives_a_role(app: Flask, officer: str) -> None:
    result = app.test_cli_runner().invoke(args=["grant-role", "rana", "head"])
    assert result.exit_code == 0, result.output
    with app.app_context():
        roles = {role.role for role in queries.get_staff_by_login("rana").roles}
    assert roles == {Role.OFFICER, Role.HEAD}


def test_an_operator_ends_what_somebody_may_do(app: Flask, officer: str) -> None:
    with app.test_request_context(), transaction():
        token = sessions.begin(staff=queries.get_staff_by_login("rana"))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    assert client.get("/en/desk").status_code == 200

    result = app.test_cli_runner().invoke(args=["disable-staff", "Rana"])

    assert result.exit_code == 0, result.output
    assert "sign-in" in client.get("/en/desk").location
    with app.app_context(), pytest.raises(factors.WrongPassword):
        factors.get_by_password("rana", PASSWORD)


def test_a_login_that_nobody_has_is_not_disabled(app: Flask, post_id: int) -> None:
    result = app.test_cli_runner().invoke(args=["disable-staff", "nobody"])
    assert result.exit_code == 1 and result.output == "Error: Nobody has this login.\n"


def test_a_role_for_nobody_is_refused(app: Flask, post_id: int) -> None:
    result = app.test_cli_runner().invoke(args=["grant-role", "nobody", "head"])
    assert result.exit_code == 1 and "Traceback" not in result.output


@pytest.mark.proves("S15")
def test_an_operator_takes_a_role_on_record_and_ends_the_sessions(
    app: Flask, officer: str, post_id: int
) -> None:
    run = app.test_cli_runner().invoke
    run(args=["grant-role", "rana", "head"])
    with app.test_request_context(), transaction():
        sessions.begin(staff=queries.get_staff_by_login("rana"))
    result = run(args=["take-role", "rana", "head"])
    assert result.exit_code == 0, result.output
    assert run(args=["list-staff"]).output == "rana: officer\n"
    with app.app_context():
        assert db.session.scalars(select(SignIn)).all() == []
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None and (entry.action, entry.fields) == (
            "role_taken",
            {"role": "head"},
        )
    assert run(args=["take-role", "rana", "head"]).exit_code == 1


def test_the_last_admin_stays_one(app: Flask, officer: str, post_id: int) -> None:
    run = app.test_cli_runner().invoke
    run(args=["grant-role", "rana", "admin"])
    result = run(args=["take-role", "rana", "admin"])
    assert result.exit_code == 1 and "last administrator" in result.output
    run(args=CREATE, input=f"{PASSWORD}\n{PASSWORD}\n")
    run(args=["grant-role", "salma", "admin"])
    assert run(args=["take-role", "rana", "admin"]).exit_code == 0
