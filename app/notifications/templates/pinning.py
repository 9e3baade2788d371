"""With which text of its post a message is written: chosen once, when its row is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.notifications.rules import Channel
from app.notifications.templates import neighbours, offered, queries
from app.notifications.templates.queries import Text
from app.notifications.templates.rules import KINDS

Where = tuple[int | None, int | None]
"""The post and the case of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """The texts of an event that count now, by the keys of their rows."""

    texts: Mapping[Text, int] = field(default_factory=dict)
    services: Mapping[int, int] = field(default_factory=dict)
    """The service of each case; empty where no text is for one service."""

    def find(self, post_id: int | None, case_id: int | None, channel: Channel) -> int | None:
        """Return the text of a message: that of its service, else of its post; None: shipped."""
        kind = KINDS.get(channel)
        if post_id is None or kind is None:
            return None
        service_id = self.services.get(case_id or 0)
        own = self.texts.get((post_id, service_id, kind)) if service_id is not None else None
        return own or self.texts.get((post_id, None, kind))


def pins_of(event: str, wheres: Iterable[Where]) -> Pins:
    """Return which texts messages of an event are written with, by one statement.

    A second one asks for the services of the cases, where a text is for one service.
    """
    known = [(post_id, case_id) for post_id, case_id in wheres if post_id is not None]
    if not known or not offered.is_offered(event):
        return Pins()
    texts = queries.find_pins({post_id for post_id, _ in known}, event)
    services: Mapping[int, int] = {}
    if any(service_id is not None for _, service_id, _ in texts):
        services = neighbours.services_of_cases({case_id for _, case_id in known if case_id})
    return Pins(texts=texts, services=services)
