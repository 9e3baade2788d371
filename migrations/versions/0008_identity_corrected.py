"""Staff correct the person of a case, whose identity is fixed while the case is with the post."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BEFORE = (
    "started",
    "submitted",
    "taken",
    "released",
    "item_decided",
    "correction_asked",
    "resubmitted",
    "accepted",
    "refused",
    "booked",
    "moved",
    "booking_cancelled",
    "checked_in",
    "visit_completed",
    "produced",
    "handed_over",
    "withdrawn",
    "lapsed",
)
AFTER = (*BEFORE, "identity_corrected")
LOCK = """
    UPDATE person SET locked_at = CURRENT_TIMESTAMP
    WHERE locked_at IS NULL AND id IN (
      SELECT person_id FROM "case"
      WHERE state IN ('submitted', 'in_review', 'action_needed', 'in_progress', 'ready'))
"""


def upgrade() -> None:
    _know(BEFORE, AFTER)
    op.execute(LOCK)


def downgrade() -> None:
    # An event that the older release cannot name is told as the nearest one that it can.
    _without_guard(
        "UPDATE case_event SET action = 'item_decided' WHERE action = 'identity_corrected'"
    )
    _know(AFTER, BEFORE)


def _know(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rebuild(_listed(before), _listed(after))
        return
    op.execute("ALTER TABLE case_event DROP CONSTRAINT ck_case_event_action_known")
    op.execute(
        "ALTER TABLE case_event ADD CONSTRAINT ck_case_event_action_known "
        f"CHECK (action IN ({_listed(after)}))"
    )


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _rebuild(before: str, after: str) -> None:
    """Copy the table into one with another CHECK; its constraints are part of its own text."""
    triggers = _texts("trigger")
    (table,) = _texts("table")
    text = table.replace(before, after, 1).replace("case_event", "case_event_rebuilt", 1)
    if text.count(after) != 1:
        raise RuntimeError("the CHECK of case_event is not the one that was expected")
    sql = op.get_bind().exec_driver_sql
    sql(text)
    sql("INSERT INTO case_event_rebuilt SELECT * FROM case_event")
    sql("DROP TABLE case_event")
    sql("ALTER TABLE case_event_rebuilt RENAME TO case_event")
    for trigger in triggers:
        sql(trigger)
    if sql("PRAGMA foreign_key_check").first() is not None:
        raise RuntimeError("a row of another table has lost its parent")


def _without_guard(statement: str) -> None:
    """Carry out what the triggers of the append-only table refuse to everybody else."""
    sql = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name != "sqlite":
        sql("ALTER TABLE case_event DISABLE TRIGGER tg_case_event_append_only")
        sql(statement)
        sql("ALTER TABLE case_event ENABLE TRIGGER tg_case_event_append_only")
        return
    triggers = _texts("trigger")
    sql("DROP TRIGGER tg_case_event_no_update")
    sql(statement)
    sql(next(text for text in triggers if "tg_case_event_no_update" in text))


def _texts(kind: str) -> list[str]:
    rows = op.get_bind().execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = :kind AND tbl_name = 'case_event'"),
        {"kind": kind},
    )
    return [row[0] for row in rows]
