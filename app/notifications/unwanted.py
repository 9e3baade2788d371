"""Which messages nobody wants any more: asked before one goes, or goes again."""

from collections.abc import Mapping, Sequence

from app.notifications import events, outdated, rules
from app.notifications.announcements import queries as announced
from app.notifications.announcements.rules import STOPPED
from app.notifications.models import Message
from app.notifications.preferences import queries as preferences


def among(messages: Sequence[Message]) -> Mapping[int, str]:
    """Return by key why messages are not to be sent any more, in as many statements as one.

    Stopped with their announcement, outdated by a newer one, or of a topic that their reader has
    unsubscribed. One that may have gone out already is not sent once more either.
    """
    stopped = announced.stopped_among(
        {one.announcement_id for one in messages if one.announcement_id is not None}
    )
    wishes = preferences.wishes_of(
        {one.account_id for one in messages if one.account_id is not None and topic_of(one)}
    )
    reasons = dict.fromkeys(outdated.among(messages), rules.SUPERSEDED)
    for one in messages:
        if one.announcement_id in stopped:
            reasons[one.id] = STOPPED
        elif one.account_id in wishes and topic_of(one) in wishes[one.account_id].unwanted:
            reasons[one.id] = rules.UNSUBSCRIBED
    return reasons


def topic_of(message: Message) -> rules.Topic | None:
    """Return by what a message may be unsubscribed; None for what everybody is told."""
    event = events.EVENTS.get(message.event)
    return event.topic if event is not None else None
