"""What the worker does about money: it asks a household for its fees."""

from app.jobs import handlers
from app.payments.services import asking


def register_jobs() -> None:
    """Have the worker ask for what was filed together."""
    handlers.register(asking.ASK, asking.ask_together)
