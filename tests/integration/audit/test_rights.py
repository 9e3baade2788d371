"""On PostgreSQL the role of the program has no right to change the record (S51)."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.audit import sealing, services
from app.core.actor import SYSTEM
from app.core.db import transaction

GRANTS = (
    "CREATE ROLE tried_program",
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO tried_program",
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO tried_program",
    "REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry, audit_seal FROM tried_program",
    "SET LOCAL ROLE tried_program",
)
"""As docs/operations.md has it."""


@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_seal SET kid = 'x'",
        "DELETE FROM audit_seal",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    ],
)
@pytest.mark.proves("S44", "S51")
def test_the_program_adds_to_the_record_and_changes_nothing(
    app: Flask, engine: str, statement: str
) -> None:
    refusal = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
    with app.app_context(), refusal, transaction() as session:
        for grant in GRANTS:
            session.execute(text(grant))
        services.record("tried", actor=SYSTEM, object_kind="case", object_uid="c")
        session.flush()
        assert sealing.seal() == 1
        session.execute(text(statement))
