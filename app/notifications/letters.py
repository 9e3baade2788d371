"""The text of a message: rendered in the recipient's language, with nothing personal in it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, render_template
from flask_babel import gettext
from markupsafe import Markup

from app.accounts import queries as accounts
from app.catalogue import notices
from app.catalogue import queries as catalogue
from app.catalogue.definition.texts import Text
from app.catalogue.models import Site
from app.core import clock, i18n
from app.core.db import db
from app.notifications import calendars, events, lines, tongues, wording
from app.notifications.announcements import queries as announced
from app.notifications.channels.protocol import NoAddress
from app.notifications.models import Message
from app.notifications.preferences import links
from app.notifications.templates import applying
from app.notifications.templates.rules import Field, Kind, Words

BLANKS = re.compile(r"\s+")
GAPS = re.compile(r"\n{3,}")
MOMENTS = {"when": "starts_at", "until": "until_at", "before": "was_at"}
"""What the templates call the moments of a payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What a reader sees of a message."""

    subject: str
    plain: str
    rich: str


def compose(message: Message) -> EmailMessage:
    """Return the mail for a message; raise NoAddress, or Unreadable when its key is gone."""
    payload = dict(message.payload or {})
    recipient = payload.pop("to", None) or _address_of(message)
    stop = _unsubscribing(message)
    with i18n.speaking(message.language):
        more = {"stop": f"/unsubscribe/{stop}"} if stop else {}
        texts = write(message.event, payload | more, applying.words_of(message.template))
        letter = _envelope(message, recipient, texts)
        calendar = events.EVENTS[message.event].calendar
        if calendar is not None and applying.TRIAL not in payload:
            _attach(letter, calendar, message, payload, recipient, texts)
    # Last, because giving a letter its content takes away all that describes content.
    letter["Content-Language"] = message.language
    if stop:
        # One click of the reader's program, without a page or a sign-in (RFC 8058).
        letter["List-Unsubscribe"] = f"<{_base_url()}/unsubscribe/{stop}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return letter


def _unsubscribing(message: Message) -> str:
    """Return by what a reader unsubscribes such messages; empty for what is essential."""
    topic = events.EVENTS[message.event].topic
    return links.token_for(message.account_id, topic) if topic and message.account_id else ""


def phone_of(message: Message, payload: Mapping[str, str], known: str | None) -> str:
    """Return where a short message goes, `known` where its account's is; raise NoAddress."""
    return payload.get("to") or known or _phone_of(message)


def text_of(message: Message, payload: Mapping[str, str]) -> str:
    """Return a short message in the language that is spoken now."""
    return write_short(message.event, payload, applying.words_of(message.template))


def write_short(event: str, payload: Mapping[str, str], words: Words | None = None) -> str:
    """Return an event as a short message in the language that is spoken now, with its link.

    In the words of the post where there are some; they may put the link where they like. Else
    what stands in the inbox, bare: a reference begins with a Latin letter, which keeps it in
    order amid Arabic, and the signs that isolate would take room and show as boxes on old phones.
    """
    if words:
        bare = {**payload, "others": ""}
        values = values_of(event, payload, context_of(event, bare, str), str)
        if own := applying.short(words, values):
            return own
    return " ".join(line_and_link(event, payload, str)).strip()


def line_and_link(
    event: str, payload: Mapping[str, str], isolate: Callable[[str], str]
) -> tuple[str, str]:
    """Return an event as one line of plain text, and its link, empty for none."""
    context = context_of(event, {**payload, "others": ""}, isolate)
    return lines.plain(event, context), context["link"]


def write(event: str, payload: Mapping[str, str], words: Words | None = None) -> Texts:
    """Return the texts of an event in the language that is spoken now.

    In the words of the post where there are some; the frame, its link and its number stay.
    """
    folder, body = f"email/{event}", f"email/{event}/body"
    plain = context_of(event, payload, isolated)
    rich = context_of(event, payload, _marked)
    plain["notice"] = _notice(event, payload, notices.in_plain, isolated)
    rich["notice"] = _notice(event, payload, notices.in_html, _marked)
    plain["subject"] = _subject(folder, plain)
    if events.EVENTS[event].in_every_language:
        for context, kind, isolate in ((plain, "txt", isolated), (rich, "html", _marked)):
            said = partial(context_of, event, payload, isolate)
            context["again"] = tongues.again(f"{folder}/again.{kind}", said)
    own = _own(event, payload, words, plain, rich) if words else None
    if own is not None:
        is_trial = applying.TRIAL in payload
        plain |= {"shipped": f"{folder}/body.txt", "paragraphs": own.plain, "is_trial": is_trial}
        rich |= {"shipped": f"{folder}/body.html", "paragraphs": own.rich, "is_trial": is_trial}
        plain["subject"], body = applying.titled(own.subject, is_trial=is_trial), "email/own"
    rich["subject"] = plain["subject"]
    return Texts(
        subject=plain["subject"],
        plain=GAPS.sub("\n\n", render_template(f"{body}.txt", **plain)).strip() + "\n",
        rich=render_template(f"{body}.html", **rich),
    )


def _own(
    event: str,
    payload: Mapping[str, str],
    words: Words,
    plain: Mapping[str, Any],
    rich: Mapping[str, Any],
) -> applying.Letter | None:
    return applying.letter(
        applying.as_mail(words, payload.get(applying.TRIAL, Kind.MAIL)),
        plain=values_of(event, payload, plain, isolated),
        rich=values_of(event, payload, rich, _marked),
    )


def _subject(folder: str, context: Mapping[str, Any]) -> str:
    return BLANKS.sub(" ", render_template(f"{folder}/subject.txt", **context)).strip()


def line(message: Message) -> Markup:
    """Return the one line that stands for a message in an inbox, in the reader's language."""
    return write_line(message.event, message.payload or {}, applying.words_of(message.template))


def write_line(event: str, payload: Mapping[str, str], words: Words | None = None) -> Markup:
    """Return an event as a line of an inbox, in the words of the post where there are some."""
    context = context_of(event, payload, _marked)
    own = words and applying.line(words, values_of(event, payload, context, _marked))
    text = own or Markup(  # noqa: S704  (rendered with escaping on)
        render_template(f"notifications/lines/{event}.html", **context).strip()
    )
    if not context["others"]:
        return text
    same = Markup.escape(gettext("The same holds for: %(references)s"))
    return text + " " + same % {"references": context["others"]}


def tells_of(message: Message, reference: str) -> bool:
    """Return whether a message about one request tells the same of another."""
    return reference in (message.payload or {}).get("others", "").split()


def notice(message: Message) -> Markup:
    """Return what the service adds to a message, in the reader's language; empty for nothing."""
    return Markup(_notice(message.event, message.payload or {}, notices.in_html, _marked))  # noqa: S704  (escaped by in_html)


def _notice(
    event: str,
    payload: Mapping[str, str],
    write_in: Callable[[Text, Mapping[str, str]], str],
    isolate: Callable[[str], str],
) -> str:
    """Return the notice of the version that a payload names, or what is announced; else nothing."""
    if events.ANNOUNCEMENT in payload:
        words = write_in(announced.texts_of(payload[events.ANNOUNCEMENT])[1], {})
        return words.replace("\n", Markup("<br>\n")) if isinstance(words, Markup) else words
    kind, version = events.EVENTS[event].notice, payload.get("version", "")
    definition = catalogue.find_definition(int(version)) if version and kind else None
    text = notices.find(definition, kind) if definition and kind else None
    if text is None:
        return ""
    values = {"reference": isolate(payload["reference"]), "days": payload.get("days", "")}
    return write_in(text, values)


def path_of(event: str, payload: Mapping[str, str]) -> str:
    """Return where a message leads, without the language; empty when it leads nowhere."""
    kind = events.EVENTS[event]
    path = payload.get("path") or kind.path.format_map(payload)
    return path if path.startswith("/") and not path.startswith("//") else ""


def context_of(
    event: str, payload: Mapping[str, str], isolate: Callable[[str], str]
) -> dict[str, Any]:
    """Return what the templates of an event see (Any: texts, some of them Markup).

    `isolate` keeps a reference or a time left to right amid Arabic.
    """
    context: dict[str, Any] = {
        "place": _place(payload, isolate),
        "link": _link(path_of(event, payload)),
        "stop": _link(payload.get("stop", "")),
    }
    for key in ("reference", "code"):
        if key in payload:
            context[key] = isolate(payload[key])
    context["others"] = _others(payload, isolate)
    context["is_first"] = "is_first" in payload
    context |= {key: int(payload[key]) for key in ("late", "soon") if key in payload}
    if "until_on" in payload:
        context["until"] = i18n.until_day(date.fromisoformat(payload["until_on"]))
    if "on" in payload:
        context["day"] = i18n.day(date.fromisoformat(payload["on"]))
    for name, key in MOMENTS.items():
        if key in payload:
            context[name] = _when(payload[key], payload, isolate)
    return context | _said(payload)


def _said(payload: Mapping[str, str]) -> dict[str, Any]:
    """Return the words to which a payload has the keys (Any: texts, some of them lazy)."""
    words: dict[str, Any] = {}
    if events.ANNOUNCEMENT in payload:
        words["title"] = i18n.text_in(announced.texts_of(payload[events.ANNOUNCEMENT])[0])
    for key, said in wording.SAID.items():
        if key in payload:
            words[key] = said[payload[key]]
    return words


def values_of(
    event: str,
    payload: Mapping[str, str],
    context: Mapping[str, Any],
    isolate: Callable[[str], str],
) -> dict[str, str]:
    """Return what is put into a text of a post, by the names of its fields."""
    values = {field.value: context[field.value] for field in Field if context.get(field.value)}
    values["status"] = str(wording.EVENTS.get(event, ""))
    if "why" in values:
        values["why"] = str(values["why"])
    if isinstance(isolate(""), Markup) and "link" in values:
        values["link"] = Markup('<a href="{0}"><bdi dir="ltr">{0}</bdi></a>').format(values["link"])
    if "starts_at" in payload:
        moment, zone = datetime.fromisoformat(payload["starts_at"]), payload["zone"]
        values["day"] = i18n.day(clock.local(moment, zone).date())
        values["time"] = isolate(i18n.time_of_day(moment, zone))
    return values


def _others(payload: Mapping[str, str], isolate: Callable[[str], str]) -> str:
    """Return the other requests of which a message tells the same, empty for none."""
    if not payload.get("others"):
        return ""
    listed = i18n.listed(isolate(one) for one in payload["others"].split())
    return Markup(listed) if isinstance(isolate(""), Markup) else listed  # noqa: S704  (escaped)


def _when(at: str, payload: Mapping[str, str], isolate: Callable[[str], str]) -> str:
    """Return day and time of a moment on the clocks of a visit's place, which are named."""
    moment, zone = datetime.fromisoformat(at), payload["zone"]
    time = isolate(i18n.time_of_day(moment, zone))
    text = gettext("%(day)s, %(time)s, %(city)s time")
    if isinstance(time, Markup):
        text = Markup(text)  # noqa: S704  (our own sentence)
    day = i18n.day(clock.local(moment, zone).date())
    filled: str = text % {"day": day, "time": time, "city": i18n.city(zone)}
    return filled


def isolated(text: str) -> str:
    """Return a reference or a time as plain text keeps it left to right amid Arabic."""
    # Plain text has no elements: the isolate characters of Unicode do it, where they are needed.
    return f"\u2066{text}\u2069" if i18n.direction() == "rtl" else text


def _marked(text: str) -> Markup:
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def _place(payload: Mapping[str, str], isolate: Callable[[str], str] = str) -> str:
    site_id = payload.get("site_id", "")
    site = db.session.get(Site, int(site_id)) if site_id else None
    if site is None:
        return payload.get("site", "")
    return place_of(site, isolate)


def place_of(site: Site, isolate: Callable[[str], str] = str) -> str:
    """Return name and address of a site, the address also as it stands on the house."""
    text = i18n.listed((i18n.text_in(site.name), i18n.text_in(site.address)))
    local = site.address.get(site.local_language, "")
    if not local or local in text:
        return text
    # What is added to Markup is escaped and becomes Markup.
    return text + i18n.comma() + isolate(local)


def _link(path: str) -> str:
    return f"{_base_url()}/{i18n.language()}{path}" if path else ""


def _base_url() -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return base


def _address_of(message: Message) -> str:
    address = accounts.address_of(message.account_id) if message.account_id else None
    if not address:
        raise NoAddress
    return address


def _phone_of(message: Message) -> str:
    phone = accounts.phone_of(message.account_id) if message.account_id else None
    if not phone:
        raise NoAddress
    return phone


def _envelope(message: Message, recipient: str, texts: Texts) -> EmailMessage:
    letter = EmailMessage()
    name, sender = parseaddr(current_app.config["SETTINGS"].mail_from)
    letter["From"] = Address(display_name=name, addr_spec=sender)
    letter["To"] = Address(addr_spec=recipient)
    letter["Subject"] = texts.subject
    letter["Date"] = format_datetime(clock.now())
    # The same message has the same id however often it is tried: a reader's program sees it once.
    letter["Message-ID"] = f"<{message.uid}@{_domain(sender)}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(texts.plain)
    letter.add_alternative(texts.rich, subtype="html")
    return letter


def _domain(sender: str) -> str:
    host = urlsplit(current_app.config["SETTINGS"].base_url).hostname or ""
    return host if "." in host else sender.rpartition("@")[2]


def calendar_uid(booking_uid: str) -> str:
    """Return the name of a booking in calendars, the same in mails and in the file to download."""
    sender = parseaddr(current_app.config["SETTINGS"].mail_from)[1]
    return f"{booking_uid}@{_domain(sender)}"


def _attach(
    letter: EmailMessage,
    method: events.Calendar,
    message: Message,
    payload: Mapping[str, str],
    recipient: str,
    texts: Texts,
) -> None:
    booking = calendars.Appointment(
        uid=calendar_uid(payload["uid"]),
        sequence=int(payload["sequence"]),
        starts_at=datetime.fromisoformat(payload["starts_at"]),
        minutes=int(payload["minutes"]),
        summary=texts.subject,
        place=_place(payload),
        link=_link(path_of(message.event, payload)),
    )
    content = calendars.invitation(
        booking,
        method=method.value,
        organizer=letter["From"].addresses[0].addr_spec,
        attendee=recipient,
        now=clock.now(),
    )
    letter.add_attachment(
        content,
        maintype="text",
        subtype="calendar",
        filename="appointment.ics",
        params={"method": method.value, "charset": "utf-8"},
    )
