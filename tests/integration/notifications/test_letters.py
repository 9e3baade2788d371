"""Every mail in every language: parsed, in the right direction, with nothing personal in it."""

import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from icalendar import Calendar

from app.core import i18n
from app.core.db import db, transaction
from app.notifications import events, letters, lines, queries, tasks
from tests import markup
from tests.factories import messages, people
from tests.servers import MailServer
from tests.visitor import text_of

SCRIPTS = {"ar": r"[\u0600-\u06ff]{3}", "ru": r"[\u0400-\u04ff]{3}", "en": r"[A-Za-z]{3}"}
ISOLATED = re.compile("\u2066[^\u2066\u2069]*\u2069")


def letter_for(app: Flask, event: str, language: str, **more: str) -> EmailMessage:
    with app.app_context(), transaction():
        people.post()
        account = messages.reachable(language)
        row = messages.told(event, account=account)
        row.payload = messages.payload(event, **more)
        db.session.flush()
        return letters.compose(row)


def parts(letter: EmailMessage) -> tuple[str, str]:
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None and rich is not None
    return plain.get_content(), rich.get_content()


def _is_of_case(event: events.Event) -> bool:
    """Return whether a message leads to a case of its reader's own account."""
    return "reference" in event.needs and "path" not in event.needs


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
@pytest.mark.parametrize("event", list(events.EVENTS))
def test_a_mail_speaks_the_language_of_its_reader(app: Flask, event: str, language: str) -> None:
    letter = letter_for(app, event, language)
    plain, rich = parts(letter)
    root = markup.parse(rich)
    assert (root.get("lang"), root.get("dir")) == (language, i18n.direction(language))
    assert letter["Content-Language"] == language
    for text in (letter["Subject"], plain, text_of(root.find("body"))):
        assert re.search(SCRIPTS[language], text)
    assert len(list(root.iter("h1"))) == 1
    assert "{" not in plain and "%(" not in plain
    assert letter["Auto-Submitted"] == "auto-generated"
    assert [a.addr_spec for a in letter["To"].addresses] == ["layan@example.org"]


@pytest.mark.parametrize("event", [name for name, one in events.EVENTS.items() if _is_of_case(one)])
def test_a_mail_names_the_request_and_leads_to_it(app: Flask, event: str) -> None:
    plain, rich = parts(letter_for(app, event, "ar"))
    path = letters.path_of(event, messages.payload(event))
    link = f"http://localhost/ar{path}"
    folder = "desk/cases" if event == "note_mention" else "requests"
    assert path.startswith(f"/{folder}/{messages.REFERENCE}")
    assert link in plain and f'href="{link}"' in rich
    assert messages.REFERENCE in ISOLATED.sub(lambda found: found.group(0), plain)
    for found in re.finditer(re.escape(messages.REFERENCE), plain.replace(link, "")):
        assert plain.replace(link, "")[found.start() - 1] == "\u2066"
    assert f'<bdi dir="ltr">{messages.REFERENCE}</bdi>' in rich


def test_times_are_isolated_and_have_the_months_of_syria(app: Flask) -> None:
    plain, _ = parts(letter_for(app, "booking_confirmed", "ar"))
    assert "الخميس 3 كانون الأول 2026" in plain
    assert "\u206610:20\u2069" in plain


WHEN = {
    "ar": "الجمعة 4 كانون الأول 2026، الساعة 03:20 بتوقيت فلاديفوستوك",
    "ru": "пятница, 4 декабря 2026 года, 03:20, время: Владивосток",
    "en": "Friday 4 December 2026, 03:20, Vladivostok time",
}
"""20:20 of the third in Moscow, where the post is."""


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
@pytest.mark.parametrize("event", [name for name in events.EVENTS if "booking" in name])
def test_times_are_those_of_the_place_which_is_named(app: Flask, event: str, language: str) -> None:
    visit = {"starts_at": "2026-12-03T17:20:00+00:00", "zone": "Asia/Vladivostok"}
    letter = letter_for(app, event, language, **visit)
    plain, rich = (re.sub("[\u2066\u2069]", "", part) for part in parts(letter))
    assert WHEN[language] in plain
    assert WHEN[language] in text_of(markup.parse(rich))
    assert WHEN[language] in re.sub("[\u2066\u2069]", "", letter["Subject"])


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
def test_the_inbox_says_the_time_of_the_place(app: Flask, language: str) -> None:
    visit = {"starts_at": "2026-12-03T17:20:00+00:00", "zone": "Asia/Vladivostok"}
    with app.app_context(), transaction():
        people.post()
        row = messages.told("booking_moved", account=messages.reachable(language))
        row.payload = messages.payload("booking_moved", **visit)
        with i18n.speaking(language):
            line = markup.parse(letters.line(row))
        assert WHEN[language] in text_of(line)


@pytest.mark.parametrize(
    ("event", "method", "sequence"),
    [
        ("booking_confirmed", "REQUEST", 0),
        ("booking_moved", "REQUEST", 1),
        ("booking_cancelled", "CANCEL", 2),
    ],
)
def test_a_booking_brings_its_calendar_entry(
    app: Flask, event: str, method: str, sequence: int
) -> None:
    letter = letter_for(app, event, "ru")
    (part,) = [p for p in letter.iter_attachments() if p.get_content_type() == "text/calendar"]
    assert part.get_param("method") == method
    calendar = Calendar.from_ical(str(part.get_content()))
    (entry,) = calendar.walk("VEVENT")
    assert str(calendar["method"]) == method
    assert str(entry["uid"]).startswith("b1@")
    assert entry["sequence"] == sequence


@pytest.mark.proves("S22")
def test_signs_of_html_are_text_in_both_parts(app: Flask) -> None:
    plain, rich = parts(letter_for(app, "booking_confirmed", "en", site="<Door> & gate"))
    assert "<Door> & gate" in plain
    assert "&lt;Door&gt; &amp; gate" in rich


@pytest.mark.parametrize(
    "reference", ["JM-1\r\nBcc: all@example.org", "JM-1\nX: y", "<script>alert(1)</script>"]
)
@pytest.mark.proves("S22", "S23")
def test_no_header_and_no_element_can_be_smuggled_in(app: Flask, reference: str) -> None:
    letter = letter_for(app, "case_submitted", "en", reference=reference, path="/requests/x")
    assert set(letter.keys()).isdisjoint({"Bcc", "X"})
    assert "\nBcc:" not in letter.as_string().split("\n\n")[0]
    assert "<script>" not in parts(letter)[1]


def test_the_same_message_keeps_its_id_however_often_it_is_tried(app: Flask) -> None:
    with app.app_context(), transaction():
        row = messages.told(account=messages.reachable())
        assert letters.compose(row)["Message-ID"] == letters.compose(row)["Message-ID"]


BY_MAIL_ONLY = {
    "sign_in_code",
    "password_link",
    "password_none",
    "late_digest",
    "clocks_changed",
    "rights_asked",
    "rights_changed",
    "sending_trouble",
    "note_mention",
    "record_head",
    "account_erased",
}
"""What goes to an address, not to an account with an inbox."""


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
@pytest.mark.parametrize("event", [name for name in events.EVENTS if name not in BY_MAIL_ONLY])
def test_the_inbox_has_a_line_for_each_event(app: Flask, event: str, language: str) -> None:
    with app.app_context(), transaction():
        account = messages.reachable(language)
        messages.told(event, account=account)
        (row,) = queries.list_inbox(account.id)
        with i18n.speaking(language):
            assert re.search(SCRIPTS[language], letters.line(row))


@pytest.mark.proves("S55")
def test_what_is_sent_names_nobody(app: Flask, mail: MailServer) -> None:
    with app.app_context(), transaction():
        for event in events.EVENTS:
            # Each to somebody else: some of them make others useless.
            account = messages.reachable(address=f"layan.{event}@example.org")
            messages.told(event, account=account, dedupe=event)
    with app.app_context():
        while tasks.drain():  # one turn has its time, however slow the machine is
            pass
    for event in events.EVENTS:
        (letter,) = mail.sent_to(f"layan.{event}@example.org")
        texts = letter["Subject"], *parts(letter)
        assert not any("layan" in text for text in texts)


def test_a_line_is_one_sentence_that_can_be_filled_in(app: Flask) -> None:
    """What lines.plain takes for granted: values, and nothing that asks for what they are."""
    found = (Path(app.root_path) / "templates/notifications/lines").glob("*.html")
    for path in found:
        text = path.read_text("utf-8")
        assert "{%" not in text and not re.search(r"{{[^\"']*\|", text), path.name


def test_a_value_in_a_line_stays_what_it_is(app: Flask) -> None:
    context = {"reference": "<b>\ue000until\ue001</b> &amp;\n x", "until": "y"}
    with app.app_context(), i18n.speaking("en"):
        assert "<b>\ue000until\ue001</b> &amp; x" in lines.plain("case_submitted", context)
