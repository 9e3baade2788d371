"""What may happen to a case, and who may make it happen."""

from enum import StrEnum


class State(StrEnum):
    """The public state of a case."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    ACTION_NEEDED = "action_needed"
    IN_PROGRESS = "in_progress"
    READY = "ready"
    COMPLETED = "completed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Action(StrEnum):
    """What somebody does to a case; the name of the event that it leaves."""

    STARTED = "started"
    SUBMITTED = "submitted"
    TAKEN = "taken"
    RELEASED = "released"
    ITEM_DECIDED = "item_decided"
    CORRECTION_ASKED = "correction_asked"
    RESUBMITTED = "resubmitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    BOOKED = "booked"
    MOVED = "moved"
    BOOKING_CANCELLED = "booking_cancelled"
    CHECKED_IN = "checked_in"
    VISIT_COMPLETED = "visit_completed"
    PRODUCED = "produced"
    HANDED_OVER = "handed_over"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class StepKind(StrEnum):
    """The closed list of steps that a service's path is made of."""

    REVIEW = "review"
    SECOND_REVIEW = "second_review"
    PAYMENT = "payment"
    APPOINTMENT = "appointment"
    CONSIGNMENT = "consignment"
    PRODUCTION = "production"
    HAND_OVER = "hand_over"


class StepState(StrEnum):
    """How far one step has come."""

    WAITING = "waiting"
    CURRENT = "current"
    DONE = "done"
    SKIPPED = "skipped"


class ItemKind(StrEnum):
    """What an item of a case is."""

    ANSWERS = "answers"
    PAPER = "paper"


class ItemState(StrEnum):
    """How an item stands in the review."""

    MISSING = "missing"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WAIVED = "waived"
    REPLACED = "replaced"
