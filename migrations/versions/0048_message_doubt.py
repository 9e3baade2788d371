"""Messages that may have gone out, evidence of each call, and states that do not go back."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
AFTER = {
    "accepted": ("delivered", "dead"),
    "unknown": ("accepted", "delivered", "dead", "retry_wait", "pending", "cancelled"),
    "dead": ("pending", "cancelled"),
    "delivered": (),
    "cancelled": (),
}
"""What may follow a state in which a message is over, besides itself."""


def _goes_back() -> str:
    parts = [
        f"OLD.state = '{before}' AND NEW.state NOT IN ({_listed((before, *after))})"
        for before, after in AFTER.items()
    ]
    return " OR ".join(f"({part})" for part in parts)


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


SQLITE = (
    f"""
    CREATE TRIGGER tg_message_goes_on BEFORE UPDATE OF state ON message
    WHEN {_goes_back()}
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_message_goes_on');
    END
    """,
    """
    CREATE TRIGGER tg_message_attempt_kept BEFORE UPDATE ON message_attempt
    WHEN OLD.message_id <> NEW.message_id OR OLD.number <> NEW.number
      OR OLD.started_at <> NEW.started_at OR OLD.provider IS NOT NEW.provider
      OR OLD.key IS NOT NEW.key OR OLD.outcome NOT IN ('ambiguous', 'lost')
    BEGIN
      SELECT RAISE(ABORT, 'CHECK constraint failed: tg_message_attempt_kept');
    END
    """,
)
POSTGRESQL = (
    f"""
    CREATE FUNCTION tg_message_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF {_goes_back()} THEN
        RAISE EXCEPTION 'a message that is over does not go back' USING
          ERRCODE = 'check_violation', CONSTRAINT = 'tg_message_goes_on';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER tg_message_goes_on BEFORE UPDATE OF state ON message
    FOR EACH ROW EXECUTE FUNCTION tg_message_goes_on()
    """,
    """
    CREATE FUNCTION tg_message_attempt_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.message_id <> NEW.message_id OR OLD.number <> NEW.number
        OR OLD.started_at <> NEW.started_at OR OLD.provider IS DISTINCT FROM NEW.provider
        OR OLD.key IS DISTINCT FROM NEW.key OR OLD.outcome NOT IN ('ambiguous', 'lost')
      THEN
        RAISE EXCEPTION 'what is known of a call is kept' USING
          ERRCODE = 'check_violation', CONSTRAINT = 'tg_message_attempt_kept';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER tg_message_attempt_kept BEFORE UPDATE ON message_attempt
    FOR EACH ROW EXECUTE FUNCTION tg_message_attempt_kept()
    """,
)
GUARDS = {"message": "tg_message_goes_on", "message_attempt": "tg_message_attempt_kept"}


def upgrade() -> None:
    op.add_column("message", sa.Column("provider", sa.String(32), nullable=True))
    op.add_column("message", sa.Column("key_expires_at", MOMENT, nullable=True))
    for name in ("in_doubt", "was_repeated"):
        flag = sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column("message", flag)
    op.add_column("message_attempt", sa.Column("provider", sa.String(32), nullable=True))
    op.add_column("message_attempt", sa.Column("key", sa.String(48), nullable=True))
    op.add_column("message_attempt", sa.Column("reply_code", sa.Integer(), nullable=True))
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, guard in GUARDS.items():
        op.execute(f"DROP TRIGGER {guard}" if sqlite else f"DROP TRIGGER {guard} ON {table}")
        if not sqlite:
            op.execute(f"DROP FUNCTION {guard}()")
    for name in ("reply_code", "key", "provider"):
        op.drop_column("message_attempt", name)
    for name in ("was_repeated", "in_doubt", "key_expires_at", "provider"):
        op.drop_column("message", name)
