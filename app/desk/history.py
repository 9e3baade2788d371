"""What happened to a case, in the words of staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.lists import format_list
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.cases import receipt_words
from app.cases.models import CaseEvent
from app.cases.receipts import Receiver
from app.cases.rules import Action, ItemState
from app.catalogue.definition.elements import Definition
from app.core import i18n
from app.core.actor import ActorKind
from app.desk import queries, wording

LTR = Markup('<bdi dir="ltr" class="j-code">{}</bdi>')
NAME = Markup("<bdi>{}</bdi>")
ASSIGNED = "for"
"""The detail of a taking that names for whom it was done."""
NO_GROUNDS: Mapping[int, str] = {}
DECIDED = {
    ItemState.ACCEPTED: _l("Accepted: %(items)s"),
    ItemState.REJECTED: _l("Asked again: %(items)s"),
    ItemState.WAIVED: _l("Not needed: %(items)s"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event; `who` is an officer, citizens and the clock stay unnamed."""

    at: datetime
    action: str
    who: str
    ground: str = ""
    """Why, in the words of who did it."""


def lines(
    events: Sequence[CaseEvent], definition: Definition, grounds: Mapping[int, str] = NO_GROUNDS
) -> list[Line]:
    """Return what the events of a case say, the newest first; verdicts name their items.

    `grounds` are the reasons that were given, by number of the event.
    """
    people = [event.actor_id for event in events if _is_by_staff(event)]
    people += [event.details[ASSIGNED] for event in events if _is_assigned(event)]
    names = queries.names_of_staff(people)
    return [
        Line(
            at=event.at,
            action=text,
            who=_who(event, names),
            ground=grounds.get(event.number, ""),
        )
        for event in reversed(events)
        for text in _texts(event, definition, names)
    ]


def _who(event: CaseEvent, names: Mapping[int, str]) -> str:
    """Return the name of the officer who did it, unless the sentence names them itself."""
    is_named = not _is_by_staff(event) or _is_assigned(event)
    return "" if is_named else names.get(event.actor_id or 0, "")


def _is_assigned(event: CaseEvent) -> bool:
    """Return whether somebody put a case into the hands of somebody else."""
    to = event.details.get(ASSIGNED)
    return event.action is Action.TAKEN and to is not None and to != event.actor_id


def _texts(event: CaseEvent, definition: Definition, names: Mapping[int, str]) -> list[str]:
    if event.action is Action.ITEM_DECIDED:
        decided = _decided(event.details.get("items", ()), definition)
        if decided:
            return decided
    if event.action in (Action.WAIVER_GRANTED, Action.WAIVER_REVOKED):
        return [_waived(event, definition)]
    if event.action is Action.ANSWERS_CORRECTED:
        return [_corrected(event, definition)]
    if event.action is Action.HANDED_OVER and "receiver" in event.details:
        return [_handed_over(event)]
    if _is_assigned(event):
        return [_assigned(names, to=event.details[ASSIGNED], by=event.actor_id)]
    return [wording.action(event)]


def _assigned(names: Mapping[int, str], *, to: int, by: int | None) -> str:
    officer, head = (NAME.format(names.get(key or 0, "")) for key in (to, by))
    said = Markup.escape(_("Assigned to %(officer)s (by %(head)s)"))
    return said % {"officer": officer, "head": head}


def _corrected(event: CaseEvent, definition: Definition) -> str:
    """Return which answers were corrected, never what stood or stands there."""
    labels = {field.key: i18n.text_in(field.label) for field in definition.fields()}
    named = [labels.get(name, name) for name in event.details.get("fields", ())]
    return _("Answers corrected: %(fields)s", fields=i18n.listed(named))


def _handed_over(event: CaseEvent) -> str:
    said = receipt_words.TOLD_STAFF[Receiver(event.details["receiver"])]
    parts = [Markup.escape(str(said)) % {"number": LTR.format(event.details["sheet"])}]
    parts += [
        Markup.escape(str(text))
        for key, text in receipt_words.KNOWN_TO_STAFF.items()
        if event.details.get(key)
    ]
    return Markup(". ").join(parts)


def _waived(event: CaseEvent, definition: Definition) -> str:
    labels = {one.key: i18n.text_in(one.label) for one in definition.waivers}
    label = labels.get(event.details.get("waiver", ""))
    if not label:
        return wording.action(event)
    if event.action is Action.WAIVER_REVOKED:
        return _("Waiver taken back: %(label)s", label=label)
    return _("Fee waived: %(label)s", label=label)


def _decided(items: Sequence[Mapping[str, str]], definition: Definition) -> list[str]:
    """Return a text for each verdict that was given, with what it was given on."""
    titles = {page.key: i18n.text_in(page.title) for page in definition.pages}
    titles |= {paper.key: i18n.text_in(paper.title) for paper in definition.all_papers()}
    found = []
    for state, text in DECIDED.items():
        named = [titles.get(one["key"], one["key"]) for one in items if one["state"] == state]
        if named:
            found.append(str(text) % {"items": format_list(named, locale=i18n.locale())})
    return found


def since(events: Sequence[CaseEvent], *, changes: int) -> Sequence[CaseEvent]:
    """Return the events of the newest changes, as many as there were and at most ten.

    What a citizen attaches counts as a change and leaves no event: then older ones come along.
    """
    return events[-min(max(changes, 1), MOST_SHOWN) :]


MOST_SHOWN = 10


def _is_by_staff(event: CaseEvent) -> bool:
    return event.actor_kind is ActorKind.STAFF
