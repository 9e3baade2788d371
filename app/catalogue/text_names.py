"""What each text of a service is called, for those who write and translate it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.catalogue import presenting, translation
from app.catalogue.definition.elements import NoticeEvent, StepKind
from app.catalogue.definition.texts import PlacedText
from app.catalogue.translation import Draft
from app.core import i18n

LONGEST_NAME = 60

EVENTS: Mapping[str, Any] = {
    # Any, here and below: lazy strings of Flask-Babel have no public type.
    NoticeEvent.SUBMITTED: _l("the request was sent"),
    NoticeEvent.ACCEPTED: _l("the request was accepted"),
    NoticeEvent.REFUSED: _l("the request was refused"),
    NoticeEvent.READY: _l("the document is ready"),
    NoticeEvent.COMPLETED: _l("the document was handed over"),
}

_NAMES: Mapping[str, Any] = {
    "title": _l("Title of the service"),
    "summary": _l("What it is, in one sentence"),
    "guidance": _l("Guidance (paragraphs, lists and links)"),
    "note": _l("Note on the service"),
    "issues": _l("Which document is issued"),
    "issue_words": _l("What the document says"),
    "pages.title": _l("Page “%(pages)s”: title"),
    "pages.help": _l("Page “%(pages)s”: introduction"),
    "pages.fields.label": _l("Field “%(fields)s”: wording"),
    "pages.fields.hint": _l("Field “%(fields)s”: advice"),
    "pages.fields.pattern.message": _l("Field “%(fields)s”: what is said of a wrong form"),
    "pages.fields.choices.label": _l("Field “%(fields)s”: answer “%(choices)s”"),
    "papers.title": _l("Paper “%(papers)s”: name"),
    "papers.help": _l("Paper “%(papers)s”: advice"),
    "papers.reasons.text": _l("Paper “%(papers)s”: reason for sending it back"),
    "fees.label": _l("Fee “%(fees)s”: name"),
    "fees.legal_basis": _l("Fee “%(fees)s”: legal basis"),
    "add_ons.label": _l("Add-on “%(add_ons)s”: name"),
    "add_ons.legal_basis": _l("Add-on “%(add_ons)s”: legal basis"),
    "waivers.label": _l("Waiver “%(waivers)s”: name"),
    "waivers.legal_basis": _l("Waiver “%(waivers)s”: legal basis"),
    "path.title": _l("Step “%(path)s”: title"),
    "exclusions.reason": _l("Exclusion “%(exclusions)s”: reason"),
    "exclusions.instead": _l("Exclusion “%(exclusions)s”: where to go instead"),
    "notices.text": _l("Notice when %(notices)s"),
}

_PARTS: Mapping[str, Any] = {
    translation.SERVICE: _l("The service"),
    "fees": _l("Fees"),
    "add_ons": _l("Add-ons"),
    "waivers": _l("Waivers"),
    "path": _l("Steps"),
    "exclusions": _l("Exclusions"),
    "notices": _l("Notices"),
}


def name_of(draft: Draft, text: PlacedText) -> Markup:
    """Return what a text is called, such as: Question “City”: advice."""
    known = _NAMES.get(shape_of(text))
    if known is None:
        return Markup.escape(text.place)
    # The sentence is escaped first, then filled with names that are escaped already.
    sentence = Markup.escape(str(known))
    return sentence % _names(draft, text) if "%" in sentence else sentence


def part_name(draft: Draft, part: str) -> Markup:
    """Return what a part of a service is called, such as: Page “Stay”."""
    if part in _PARTS:
        return Markup.escape(str(_PARTS[part]))
    group, _dot, key = part.partition(".")
    found: Mapping[str, Any] = next(
        (one for one in draft.get(group, []) if one.get("key") == key), {}
    )
    sentence = _("Paper “%(name)s”") if group == "papers" else _("Page “%(name)s”")
    return Markup.escape(sentence) % {"name": _called(found)}


def shape_of(text: PlacedText) -> str:
    """Return the kind of place: its names without keys and positions."""
    names = [step for step in text.way if isinstance(step, str)]
    # A question inside a group is called as any other.
    return ".".join(name for n, name in enumerate(names) if name not in names[:n])


def _names(draft: Draft, text: PlacedText) -> dict[str, Markup]:
    groups = [step for step in text.way if isinstance(step, str)]
    holders = translation.names_on_the_way(draft, text)
    return {group: _called(one) for group, one in zip(groups, holders, strict=False)}


def _called(one: Mapping[str, Any]) -> Markup:
    words = one.get("title") or one.get("label")
    if words:
        code, said = i18n.pick(words)
        return _isolated(code, said)
    if one.get("event") in EVENTS:
        return Markup.escape(str(EVENTS[one["event"]]))
    if one.get("kind") in set(StepKind):
        return Markup.escape(str(presenting.STEP_TITLES[StepKind(one["kind"])][0]))
    return Markup('<bdi dir="ltr">{}</bdi>').format(str(one.get("key", "")))


def _isolated(code: str, said: str) -> Markup:
    line = " ".join(said.split())
    short = line if len(line) <= LONGEST_NAME else f"{line[:LONGEST_NAME]}…"
    if code == i18n.language():
        return Markup("<bdi>{}</bdi>").format(short)
    return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(code, i18n.direction(code), short)
