"""Bringing a database to the newest schema, and saying at the start why one cannot be used."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url, pool, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def alembic_config(url: str) -> Config:
    """Return the configuration of Alembic for one database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate a database upwards; does nothing when it is there already."""
    command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Migrate a database downwards."""
    command.downgrade(alembic_config(url), revision)


def fault_of(url: str) -> str:
    """Return in a sentence for operators why nothing should start with a database; "" for nothing.

    One that does not answer is no such reason: pages say so until it does.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and (fault := _fault_of_file(address.database or "")):
        return fault
    try:
        found = _revision(url)
    except OperationalError:
        return ""
    except DBAPIError as error:
        return f"The database cannot be used: {type(error.orig).__name__}."
    newest = ScriptDirectory.from_config(alembic_config(url)).get_current_head()
    if found == newest:
        return ""
    if not found:
        return "The database has no tables: run `flask --app wsgi migrate`, or restore a backup."
    return (
        f"The database has schema {found}, this release needs {newest}: run `flask --app wsgi "
        "migrate`, or start the release that it belongs to."
    )


def _fault_of_file(path: str) -> str:
    """Return what is wrong with a file; SQLite would make one where there is none."""
    if not Path(path).is_file():
        return f"DATABASE_URL names {path}, and there is no such file."
    try:
        with closing(
            sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=rw", uri=True)
        ) as file:
            file.execute("BEGIN IMMEDIATE")
            file.execute("CREATE TABLE probe (x)")
            file.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return ""
        return f"{path} cannot be written to: {error}."
    except sqlite3.DatabaseError as error:
        return f"{path} is no database: {error}."
    return ""


def _revision(url: str) -> str:
    engine = create_engine(url, poolclass=pool.NullPool)
    try:
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except (OperationalError, ProgrammingError) as error:
        if "alembic_version" in str(error.orig):
            return ""
        raise
    return str(found or "")
