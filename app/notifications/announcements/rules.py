"""What may become of an announcement, who may approve it, and what its text may not hold."""

import re
from collections.abc import Mapping
from enum import StrEnum

LONGEST_TITLE = 100
"""So long that a title and a link go in two short messages of Arabic or Cyrillic."""
LONGEST_TEXT = 2000
STOPPED = "stopped"
"""Why a message of an announcement was cancelled."""

_PLACEHOLDER = re.compile(r"\(\(|\{\{|%\(|\{[A-Za-z_]+\}")
_REFERENCE = re.compile(r"\b[A-Z]{2,4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b", re.IGNORECASE)


class AnnouncementState(StrEnum):
    """Where an announcement stands; the last two are final."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    """It waits for a second person; nobody changes it meanwhile."""
    SENDING = "sending"
    SENT = "sent"
    """Everybody has a message of their own; some may still wait to go out."""
    STOPPED = "stopped"
    DROPPED = "dropped"
    """It was given up before anybody was told."""


class Step(StrEnum):
    """What is done to an announcement besides writing it."""

    PROPOSE = "propose"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    DROP = "drop"
    STOP = "stop"


_STEPS: Mapping[tuple[AnnouncementState, Step], AnnouncementState] = {
    (AnnouncementState.DRAFT, Step.PROPOSE): AnnouncementState.PROPOSED,
    (AnnouncementState.DRAFT, Step.DROP): AnnouncementState.DROPPED,
    (AnnouncementState.PROPOSED, Step.APPROVE): AnnouncementState.SENDING,
    (AnnouncementState.PROPOSED, Step.SEND_BACK): AnnouncementState.DRAFT,
    (AnnouncementState.PROPOSED, Step.DROP): AnnouncementState.DROPPED,
    (AnnouncementState.SENDING, Step.STOP): AnnouncementState.STOPPED,
    (AnnouncementState.SENT, Step.STOP): AnnouncementState.STOPPED,
}


def after(state: AnnouncementState, step: Step) -> AnnouncementState | None:
    """Return where a step leads, None where it is not possible."""
    return _STEPS.get((state, step))


def may_approve(*, author_id: int, staff_id: int | None) -> bool:
    """Return whether somebody may approve a text: four eyes, so never who wrote it last."""
    return staff_id is not None and staff_id != author_id


def has_placeholder(text: str) -> bool:
    """Return whether a text looks as if something were to be filled in for each reader."""
    return _PLACEHOLDER.search(text) is not None


def names_a_request(text: str) -> bool:
    """Return whether a text holds the number of somebody's request."""
    return _REFERENCE.search(text) is not None
