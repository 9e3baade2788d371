"""The wall time for which each slot was made, so that it can follow new rules of its zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

BATCH = 2000


def upgrade() -> None:
    # With a default, so that SQLite need not build the table of slots anew.
    op.add_column(
        "slot", sa.Column("wall_time", sa.String(5), nullable=False, server_default=sa.text("''"))
    )
    connection = op.get_bind()
    slot = sa.table(
        "slot",
        sa.column("id", sa.BigInteger()),
        sa.column("pool_id", sa.BigInteger()),
        sa.column("starts_at", sa.DateTime(timezone=True)),
        sa.column("wall_time", sa.String()),
    )
    zones = connection.execute(
        sa.text("SELECT pool.id, site.zone FROM pool JOIN site ON site.id = pool.site_id")
    ).all()
    write = (
        slot.update().where(slot.c.id == sa.bindparam("own")).values(wall_time=sa.bindparam("wall"))
    )
    for pool_id, zone in zones:
        rows = connection.execute(
            sa.select(slot.c.id, slot.c.starts_at).where(slot.c.pool_id == pool_id)
        ).all()
        walls = [{"own": id, "wall": _wall(at, ZoneInfo(zone))} for id, at in rows]
        for begin in range(0, len(walls), BATCH):
            connection.execute(write, walls[begin : begin + BATCH])


def _wall(at: datetime, zone: ZoneInfo) -> str:
    moment = at if at.tzinfo else at.replace(tzinfo=UTC)
    return moment.astimezone(zone).strftime("%H:%M")


def downgrade() -> None:
    op.drop_column("slot", "wall_time")
