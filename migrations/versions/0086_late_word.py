"""What a worker says late of a call in a batch, over which it was taken for dead, is kept too."""

from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

BEFORE = ("ambiguous", "lost")
AFTER = (*BEFORE, "lost_among")
"""After these an attempt may still be told how it ended."""


def upgrade() -> None:
    _write(AFTER)


def downgrade() -> None:
    _write(BEFORE)


def _write(open_outcomes: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{outcome}'" for outcome in open_outcomes)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER tg_message_attempt_kept")
        op.execute(
            f"""
            CREATE TRIGGER tg_message_attempt_kept BEFORE UPDATE ON message_attempt
            WHEN OLD.message_id <> NEW.message_id OR OLD.number <> NEW.number
              OR OLD.started_at <> NEW.started_at OR OLD.provider IS NOT NEW.provider
              OR OLD.key IS NOT NEW.key OR OLD.outcome NOT IN ({listed})
            BEGIN
              SELECT RAISE(ABORT, 'CHECK constraint failed: tg_message_attempt_kept');
            END
            """
        )
        return
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION tg_message_attempt_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.message_id <> NEW.message_id OR OLD.number <> NEW.number
            OR OLD.started_at <> NEW.started_at OR OLD.provider IS DISTINCT FROM NEW.provider
            OR OLD.key IS DISTINCT FROM NEW.key OR OLD.outcome NOT IN ({listed})
          THEN
            RAISE EXCEPTION 'what is known of a call is kept' USING
              ERRCODE = 'check_violation', CONSTRAINT = 'tg_message_attempt_kept';
          END IF;
          RETURN NEW;
        END $$
        """
    )
