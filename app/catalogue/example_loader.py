"""The example post and services that come with the software, loaded as an admin would."""

import json
from pathlib import Path

from app.catalogue import definition as definitions
from app.catalogue import services
from app.catalogue.models import Post
from app.core.actor import Actor

FOLDER = Path(__file__).parent / "examples"


def load(actor: Actor) -> Post:
    """Store the example post and publish its services; what is there already stays."""
    document = json.loads((FOLDER / "posts" / "moscow.json").read_text(encoding="utf-8"))
    post = services.save_post(document)
    for path in sorted((FOLDER / "services").glob("*.json")):
        _load_service(post, path, actor)
    return post


def _load_service(post: Post, path: Path, actor: Actor) -> None:
    definition = definitions.read_json(path.read_bytes())
    if services.is_known(post, definition.code):
        return
    service = services.save_draft(post, definition, actor=actor)
    services.publish(service, actor=actor)
