"""Puts values into a text of a post: once, escaped for where it stands, nothing evaluated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext
from markupsafe import Markup, escape

from app.core import i18n
from app.notifications.templates import rules
from app.notifications.templates.models import MessageTemplate
from app.notifications.templates.rules import Field, Kind, Words

TRIAL = "trial"
"""What the payload of a message holds that only tries a text."""
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a post says in a mail, filled in."""

    subject: str
    plain: Sequence[str]
    rich: Sequence[Markup]


def words_of(template: MessageTemplate | None) -> Words | None:
    """Return what a post says in the language that is spoken now; None where it says nothing.

    Never in another language: in this one the shipped text is there.
    """
    return template.words.get(i18n.language()) if template is not None else None


def as_mail(words: Words, trial: str) -> Words:
    """Return a text as it is tried by mail: a short one has the name of its event on top."""
    return words if trial == Kind.MAIL else Words(subject="((status))", body=words.body)


def letter(words: Words, *, plain: Values, rich: Values) -> Letter | None:
    """Return the parts of a mail; None where a value is absent, for then the shipped text goes."""
    subject = rules.filled(words.subject, _cut(plain))
    body = [rules.filled(part, _cut(plain)) for part in rules.paragraphs(words.body)]
    paragraphs = [_marked(part, rich) for part in rules.paragraphs(words.body)]
    if not subject or not body or None in body or None in paragraphs:
        return None
    return Letter(
        subject=" ".join(subject.split()),
        plain=[part for part in body if part],
        rich=[part for part in paragraphs if part],
    )


def short(words: Words, values: Values) -> str | None:
    """Return a short message with its link, which no text can lose; None as above."""
    text = rules.filled(words.body, _cut(values))
    if text is None or Field.LINK.value in rules.names_in(words.body):
        return text
    return f"{text} {values.get('link', '')}".strip()


def plain(words: Words, values: Values) -> str | None:
    """Return the line of an inbox as plain text; None as above."""
    return rules.filled(words.body, _cut(values))


def line(words: Words, values: Values) -> Markup | None:
    """Return the line of an inbox; None as above."""
    return _marked(words.body, values)


def titled(subject: str, *, is_trial: bool) -> str:
    """Return the subject of a mail, marked where it only tries a text."""
    return gettext("Test: %(subject)s", subject=subject) if is_trial else subject


def _marked(text: str, values: Values) -> Markup | None:
    """Return a text as HTML: it is escaped, and so are the values that are no markup of ours."""
    filled = rules.filled(
        str(escape(text)), {name: str(escape(value)) for name, value in _cut(values).items()}
    )
    if filled is None:
        return None
    return Markup(filled.replace("\n", "<br>"))  # noqa: S704  (both sides are escaped)


def _cut(values: Values) -> dict[str, str]:
    """Return values as one line each and of a length that a message bears; our markup is short."""
    return {
        name: value if isinstance(value, Markup) else rules.bounded(value)
        for name, value in values.items()
    }
