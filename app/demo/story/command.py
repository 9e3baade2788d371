"""`flask seed` in the demonstration: the example post, and the story on top of it."""

import click
from flask import Flask
from flask.cli import with_appcontext

from app import cli
from app.core.db import transaction
from app.demo.story import telling


def init_app(app: Flask) -> None:
    """Put this command in the place of the one for production."""
    app.cli.add_command(seed)


@click.command("seed")
@with_appcontext
def seed() -> None:
    """Load the example post and services, and tell the story; what is there already stays."""
    with transaction():
        post = cli.load_examples()
        told = telling.tell(post)
        code = post.code
    click.echo(f"The post {code} is ready.")
    if told:
        click.echo("Its people and requests are invented.")
