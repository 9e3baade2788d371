"""Kinds of work in words for staff."""

from typing import Any

from flask_babel import lazy_gettext as _l

Lazy = Any
"""A lazy string of Flask-Babel, which has no public type."""

KINDS: dict[str, Lazy] = {
    "appointments.draw_close": _l("Closing of a draw"),
    "appointments.draw_on": _l("Passing on of drawn times"),
    "appointments.draw_open": _l("Opening of a draw"),
    "appointments.draw_run": _l("Draw of appointments"),
    "appointments.draw_warn": _l("Reminder of a drawn time"),
    "appointments.queue_open": _l("Opening of times in a queue"),
    "appointments.queue_step": _l("Letting in from a queue"),
    "appointments.resettle": _l("Moving of appointments that lost their place"),
    "appointments.remind": _l("Reminder of an appointment"),
    "appointments.waiting_on": _l("Offer of a time to the waiting list"),
    "appointments.waiting_warn": _l("Reminder of a time that the waiting list offers"),
    "cases.bulk": _l("Action on many requests"),
    "cases.digest": _l("Late requests, to the head of section"),
    "cases.hand_over": _l("Requests of a colleague who is away"),
    "cases.lapse": _l("End of a deadline"),
    "cases.make_document": _l("Document of a request"),
    "cases.make_manifest": _l("Manifest of a consignment"),
    "cases.remind_of_consent": _l("Reminder of a consent"),
    "cases.remind_of_correction": _l("Reminder of a correction"),
    "desk.export_case": _l("Export of a request"),
    "desk.export_queue": _l("Export of a list"),
    "desk.export_selection": _l("Export of selected requests"),
    "documents.check": _l("Check of a file"),
    "documents.prove": _l("Comparison of stored files with what came"),
    "documents.sweep": _l("Removal of files that nobody needs"),
    "jobs.rewrap_keys": _l("Change of the master key"),
    "notifications.announce": _l("Announcement to a group"),
    "reporting.copy": _l("Copy of the data of a citizen"),
    "reporting.erase": _l("Erasure that a citizen asked for"),
    "reporting.retain": _l("Removal of requests whose time is over"),
    "payments.ask": _l("Asking a household for its fees"),
}
ERRORS: dict[str, Lazy] = {"died": _l("The worker died at each attempt.")}
"""Of all other errors the name is shown, which the operators find in the log."""
