"""Runs the migrations over a connection of its own."""

import os

from alembic import context
from sqlalchemy import create_engine, pool

from app.core.db import Model
from config import Settings


def database_url() -> str:
    """Return the address of the database to migrate."""
    url = context.config.attributes.get("url") or os.environ.get("MIGRATE_URL")
    return url or Settings.from_environment().database_url


def run() -> None:
    """Migrate in one transaction.

    SQLite rebuilds tables by dropping them; with foreign keys on, that would delete the
    children in silence. The pragma is ignored inside a transaction, so it comes first.
    """
    engine = create_engine(database_url(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw = connection.connection.dbapi_connection
            assert raw is not None  # noqa: S101
            raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
            connection.execution_options(writer=True)
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            compare_type=True,
            compare_server_default=True,
            render_item=_render,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET lock_timeout = '2s'")
            context.run_migrations()


def _render(kind: str, item: object, _autogen: object) -> str | bool:
    # A migration must outlive the app's own column types.
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


run()
