"""The words of the record: groups of what is done, and single acts (the rest: record_acts)."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.rules import Action
from app.desk import record_acts, wording

READS = (
    "case_opened",
    "paper_opened",
    "document_opened",
    "manifest_opened",
    "record_opened",
    "identity_numbers_seen",
    "searched",
    "export_ordered",
    "export_fetched",
    "copy_ordered",
    "copy_fetched",
)
"""Acts by which somebody sees something of a person."""

OBJECTS: Mapping[str, tuple[str, ...]] = {
    "requests": ("case", "mandate", "consent", "consignment", "bulk_run"),
    "people": ("person", "account", "erasure_wish"),
    "staff": ("staff", "session", "team"),
    "visits": (
        *("pool", "weekly_hours", "closure", "site", "clock_change", "resettle_run"),
        *("ticket", "draw", "queue", "missed_visit"),
    ),
    "money": ("charge", "receipt", "slip", "cash_desk", "online_payment"),
    "services": ("service", "post", "sample_picture"),
    "messages": ("message", "message_template", "announcement", "canned_answer"),
    "work": ("job", "export", "data_copy", "search", "record"),
}
"""Kinds of objects by their groups."""
KINDS = tuple(kind for kinds in OBJECTS.values() for kind in (*kinds, "paper", "document"))

GROUPS: Mapping[str, Any] = {
    "reads": _l("What was looked at"),
    "requests": _l("Requests and papers"),
    "people": _l("People and accounts"),
    "staff": _l("Staff and their rights"),
    "visits": _l("Appointments and the hall"),
    "money": _l("Fees and the cash desk"),
    "services": _l("Services of the post"),
    "messages": _l("Messages and their texts"),
    "work": _l("Exports, searches and work of the program"),
}
ACTS: Mapping[str, Any] = {
    "case_opened": _l("Request opened"),
    "paper_opened": _l("Paper opened"),
    "document_opened": _l("Document opened"),
    "manifest_opened": _l("Manifest opened"),
    "record_opened": _l("Record opened"),
    "identity_numbers_seen": _l("Identity numbers uncovered"),
    "searched": _l("Search for a person or a number"),
    "export_ordered": _l("Export ordered"),
    "export_fetched": _l("Export fetched"),
    "copy_ordered": _l("Own copy of the data ordered"),
    "copy_fetched": _l("Own copy of the data fetched"),
    "person_saved": _l("Details of a person saved"),
    "erasure_wish.asked": _l("Erasure applied for"),
    "erasure_wish.withdrawn": _l("Application for erasure withdrawn"),
    "erasure_wish.proposed": _l("Answer to an application for erasure proposed"),
    "erasure_wish.sent_back": _l("Proposed answer sent back"),
    "erasure_wish.granted": _l("Erasure granted"),
    "erasure_wish.refused": _l("Erasure refused"),
    "erasure_wish.stopped": _l("Erasure stopped: a request is kept"),
    "erasure_wish.done": _l("Erasure carried out"),
    "draft_erased": _l("Old draft removed"),
    "account_erased": _l("Account erased"),
    "staff_signed_in": _l("Signed in to the staff pages"),
    "staff_confirmed": _l("Second factor given again"),
    "staff_created": _l("Member of staff added"),
    "staff_disabled": _l("Member of staff shut out"),
    "role_granted": _l("Role given"),
    "session_ended": _l("Session ended"),
    "document_issued": _l("Document issued"),
    "document_revoked": _l("Document declared invalid"),
    "receipt_issued": _l("Receipt issued"),
    "receipt_voided": _l("Receipt voided"),
}


def act(action: str) -> Any:
    """Return what was done in words, empty for what has a code only (Any: a lazy string)."""
    if action.startswith("case_") and action[5:] in set(Action):
        return wording.ACTIONS.get(Action(action[5:]), "")
    return ACTS.get(action) or record_acts.ACTS.get(action, "")
