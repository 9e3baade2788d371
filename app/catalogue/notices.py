"""What a service adds to the news of a request: placeholders are substituted, never evaluated."""

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from app.catalogue.definition.elements import Definition, NoticeEvent
from app.catalogue.definition.texts import Text
from app.core import i18n
from app.web.templating import text_of

_NAME = re.compile(r"\{([a-z]+)\}")


def find(definition: Definition, event: NoticeEvent) -> Text | None:
    """Return what a service says at an event, with its placeholders; None for nothing."""
    return next((one.text for one in definition.notices if one.event is event), None)


def in_plain(text: Text, values: Mapping[str, str]) -> str:
    """Return a notice for a plain mail, in the language that is spoken or the nearest there is."""
    return filled(i18n.text_in(text), values)


def in_html(text: Text, values: Mapping[str, str]) -> Markup:
    """Return a notice escaped, and marked with its own language where it fell back."""
    marked = {name: str(escape(value)) for name, value in values.items()}
    return Markup(filled(str(text_of(text)), marked))  # noqa: S704  (both sides are escaped)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put values in once: braces within a value stay as they are, and so do unknown names."""
    return _NAME.sub(lambda found: values.get(found[1], found[0]), text)
