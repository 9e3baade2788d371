"""Commands for operators; each calls a service in one transaction."""

import click
from flask import Flask, current_app

from app.core import schema


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(migrate)


@click.command("migrate")
def migrate() -> None:
    """Bring the database to the newest schema."""
    schema.upgrade(current_app.config["SETTINGS"].database_url)
