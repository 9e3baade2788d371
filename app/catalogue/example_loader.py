"""The example post and services that come with the software, loaded as an admin would."""

from app.catalogue import example_files, services
from app.catalogue.definition.document import Definition
from app.catalogue.models import Post
from app.core.actor import Actor

POST = "moscow"


def load(actor: Actor) -> Post:
    """Store the example post and publish its services; what is there already stays."""
    post = services.save_post(example_files.get_post(POST))
    for definition in example_files.list_services():
        _load_service(post, definition, actor)
    return post


def _load_service(post: Post, definition: Definition, actor: Actor) -> None:
    if services.is_known(post, definition.code):
        return
    service = services.save_draft(post, definition, actor=actor)
    services.publish(service, actor=actor)
