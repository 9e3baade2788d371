"""What keeps a draft from being published: all of it at once, each with where to mend it."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app.catalogue import text_names, translation
from app.catalogue.building import addresses, words
from app.catalogue.definition import document as definitions
from app.catalogue.definition.elements import StepKind
from app.catalogue.models import Service
from app.catalogue.translation import Work
from app.core import i18n

NAMED = 5
"""As many texts are named; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """One reason why a draft cannot be published, and its places as (address, name)."""

    sentence: str
    places: list[tuple[str, Markup]]


def gate(service: Service) -> list[Blocker]:
    """Return what keeps a draft from being published, empty when nothing does."""
    return [*_untranslated(service), *_without_engine(service)]


def work_of(service: Service) -> list[Work]:
    """Return what is missing or stale in the languages that the post requires."""
    return translation.work(service.draft, service.translated or {}, service.post.languages)


def _untranslated(service: Service) -> Iterator[Blocker]:
    found = work_of(service)
    if found:
        sentence = ngettext(
            "Cannot be published yet: %(num)s text needs a translation.",
            "Cannot be published yet: %(num)s texts need a translation.",
            len(found),
        )
        yield Blocker(sentence=sentence, places=[_text(service, one) for one in found[:NAMED]])


def _text(service: Service, one: Work) -> tuple[str, Markup]:
    anchor = f"{one.text.place}-{one.language}"
    url = url_for("service_languages.show", code=service.code, part="open", _anchor=anchor)
    name = text_names.name_of(service.draft, one.text)
    said = Markup("<span>{}</span>").format(_("%(text)s (%(language)s)"))
    return url, said % {"text": name, "language": i18n.language_name(one.language)}


def _without_engine(service: Service) -> Iterator[Blocker]:
    """Yield the steps that no part of the software takes, where citizens would meet them."""
    definition = definitions.parse(service.draft)
    missing = definition.missing_engines() if definition.enabled else ()
    if missing:
        kinds = [step.kind for step in definition.path]
        sentence = ngettext(
            "Cannot be published yet: %(num)s step cannot be carried out. Remove it from the path.",
            "Cannot be published yet: %(num)s steps cannot be carried out. "
            "Remove them from the path.",
            len(missing),
        )
        places = [(_step(service, kinds.index(kind)), _name(kind)) for kind in missing]
        yield Blocker(sentence=sentence, places=places)


def _step(service: Service, number: int) -> str:
    anchor = addresses.anchor(("path", number))
    return url_for("service_build.path", code=service.code, _anchor=anchor)


def _name(kind: StepKind) -> Markup:
    return Markup.escape(words.STEPS[kind])
