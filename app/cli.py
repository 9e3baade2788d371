"""Commands for operators; each calls a service in one transaction."""

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.catalogue import example_loader
from app.core import schema
from app.core.actor import SYSTEM
from app.core.db import transaction


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(migrate)
    app.cli.add_command(seed)


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database to the newest schema."""
    schema.upgrade(current_app.config["SETTINGS"].database_url)


@click.command("seed")
@with_appcontext
def seed() -> None:
    """Load the example post and services; what is there already stays as it is."""
    with transaction():
        post = example_loader.load(SYSTEM)
        code = post.code
    click.echo(f"The post {code} is ready.")
