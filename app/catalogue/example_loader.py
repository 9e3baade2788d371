"""The example post and services that come with the software, loaded as an admin would."""

import json
from pathlib import Path
from typing import Any

from app.catalogue import definition as definitions
from app.catalogue import services
from app.catalogue.models import Post
from app.core.actor import Actor

FOLDER = Path(__file__).parent / "examples"


def load(actor: Actor) -> Post:
    """Store the example post and publish its services; what is there already stays."""
    post = services.save_post(read_post())
    for path in sorted((FOLDER / "services").glob("*.json")):
        _load_service(post, path, actor)
    return post


def read_post() -> dict[str, Any]:
    """Return the example post as its file describes it, with pools and hours (Any: JSON)."""
    document: dict[str, Any] = json.loads((FOLDER / "posts" / "moscow.json").read_text("utf-8"))
    return document


def _load_service(post: Post, path: Path, actor: Actor) -> None:
    definition = definitions.read_json(path.read_bytes())
    if services.is_known(post, definition.code):
        return
    service = services.save_draft(post, definition, actor=actor)
    services.publish(service, actor=actor)
