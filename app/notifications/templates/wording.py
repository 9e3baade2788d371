"""Fields, kinds of texts and what is wrong with one, in words for admins."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from markupsafe import Markup

from app.notifications.rules import size_of
from app.notifications.templates.rules import Fault, Field, Kind, Problem
from app.notifications.wording import Lazy

KINDS: Mapping[Kind, Lazy] = {
    Kind.MAIL: lazy_pgettext("channel", "E-mail"),
    Kind.SHORT: lazy_pgettext("channel", "Short message, Telegram"),
    Kind.LINE: lazy_pgettext("channel", "Inbox, browser"),
}
FIELDS: Mapping[Field, Lazy] = {
    Field.REFERENCE: _l("Number of the request"),
    Field.STATUS: _l("What has happened, in plain words"),
    Field.WHEN: _l("Day and time of the visit, with the town by whose clocks they are"),
    Field.DAY: _l("The day"),
    Field.TIME: _l("The time of the visit alone"),
    Field.PLACE: _l("Name and address of the place"),
    Field.UNTIL: _l("The last day or moment"),
    Field.BEFORE: _l("Day and time until now"),
    Field.WHY: _l("Why the post had to do it"),
    Field.LINK: _l("The link; it is added by itself where it is not named"),
}
SUBJECT = lazy_pgettext("mail", "Subject")
BODIES: Mapping[Kind, Lazy] = {
    Kind.MAIL: lazy_pgettext("mail", "Text"),
    Kind.SHORT: lazy_pgettext("sms", "Text"),
    Kind.LINE: lazy_pgettext("inbox", "Line"),
}


def said(problem: Problem, fields: Iterable[Field]) -> str:
    """Return what is wrong with a text, and what may stand there instead."""
    if problem.fault is Fault.LONG:
        return _("This text is too long: it may have %(most)s signs.", most=problem.most)
    if problem.fault is Fault.PARTS:
        return _(
            "This text goes in %(parts)s short messages. Please shorten it: it may take %(most)s.",
            parts=problem.name,
            most=problem.most,
        )
    if problem.fault is Fault.UNKNOWN:
        return _(
            "Nothing is known here by the name %(name)s. These can be put in: %(names)s",
            name=bracketed(problem.name),
            names=" ".join(bracketed(field) for field in fields),
        )
    sentence = str(_PLAIN[problem.fault])
    return sentence % {"name": bracketed(problem.name)} if problem.name else sentence


_PLAIN: Mapping[Fault, Lazy] = {
    Fault.SENSITIVE: _l(
        "%(name)s is never sent: messages name no people, no numbers of papers and no titles. "
        "The link leads to them, after signing in."
    ),
    Fault.BROKEN: _l(
        "Two round brackets stand alone here. A name to be put in has two before and two behind it."
    ),
    Fault.ADDRESS: _l(
        "This looks like an address. The only one in a message is the link, so that no reader is "
        "led elsewhere; it is put in by itself."
    ),
    Fault.LACKS: _l("Without %(name)s this message is of no use. Please put it in."),
    Fault.HALF: _l("A mail needs a subject and a text in each language in which it is written."),
}


def bracketed(name: str) -> str:
    """Return a name as it stands in a text, isolated from the direction around it."""
    return f"\u2066(({name}))\u2069"


def code(field: Field) -> Markup:
    """Return a name as it stands in a text, for a page."""
    return Markup('<bdi dir="ltr" class="j-code">(({}))</bdi>').format(field.value)


def room(text: str) -> str:
    """Return how many short messages a text takes, and how far the last of them is filled."""
    length, parts, holds = size_of(text)
    return _(
        "%(length)s of %(holds)s signs; short messages, each paid for: %(parts)s",
        length=length,
        holds=holds,
        parts=parts,
    )
