"""What a text of a post may say: a table of texts and why they are refused, and what is put in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from app.catalogue.translation import TextState
from app.notifications.events import EVENTS
from app.notifications.templates import applying, offered, rules
from app.notifications.templates.rules import Fault, Field, Kind, Words
from tests import markup

CASE = EVENTS["case_accepted"]
VISIT = EVENTS["booking_reminder"]
GOOD = "((reference)): ((status))"

TABLE: list[tuple[str, str, list[tuple[Fault, str]]]] = [
    ("case_accepted", GOOD, []),
    ("case_accepted", "((reference)) ((link))", []),
    ("case_accepted", "(( Reference ))", []),
    # Marks of other programs are text like any other.
    (
        "case_accepted",
        GOOD + " {{ u.password_hash }} {% for x in y %} {reference} %(reference)s",
        [],
    ),
    ("case_accepted", GOOD + " <script>alert(1)</script>", []),
    ("case_accepted", GOOD + " {{ u.passport }}, {{ u.delete() }}", [(Fault.ADDRESS, "")]),
    # What is not on the list is refused, and what is nobody's business by its name.
    ("case_accepted", GOOD + "((unknown_field))", [(Fault.UNKNOWN, "unknown_field")]),
    ("case_accepted", GOOD + "((name??x))", [(Fault.UNKNOWN, "name??x")]),
    ("case_accepted", GOOD + "((until))", [(Fault.UNKNOWN, "until")]),
    ("case_accepted", GOOD + "(())", [(Fault.UNKNOWN, "")]),
    ("case_accepted", GOOD + "((passport_number))", [(Fault.SENSITIVE, "passport_number")]),
    ("case_accepted", GOOD + "((Name))", [(Fault.SENSITIVE, "name")]),
    ("case_accepted", GOOD + "((الاسم))", [(Fault.SENSITIVE, "الاسم")]),
    ("case_accepted", GOOD + "((ФИО))", [(Fault.SENSITIVE, "фио")]),
    # A bracket that is not closed would be sent as it is.
    ("case_accepted", GOOD + " ((link", [(Fault.BROKEN, "")]),
    ("case_accepted", GOOD + " link))", [(Fault.BROKEN, "")]),
    (
        "case_accepted",
        GOOD + "((((name))))",
        [(Fault.SENSITIVE, "name"), (Fault.BROKEN, "")],
    ),
    # The one address in a message is that of the site.
    ("case_accepted", GOOD + " https://evil.example/x", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " javascript:alert(1)", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " www.post", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " post.example", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " посольство.рф", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " банк.com", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " موقعنا.com", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " evil．com", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " evil。com", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " 185.12.3.4/x", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " consul@post", [(Fault.ADDRESS, "")]),
    ("case_accepted", GOOD + " т.е. в 10.30, e.g. 1.5, конец.Начало", []),
    # It has to say what it is sent for.
    ("case_accepted", "((status))", [(Fault.LACKS, "reference")]),
    ("booking_reminder", "((reference))", [(Fault.LACKS, "when")]),
    ("booking_reminder", "((reference)) ((day))", [(Fault.LACKS, "when")]),
    ("booking_reminder", "((reference)) ((day)) ((time)) ((place))", []),
    ("booking_reminder", "((reference)) ((when))", []),
    ("correction_asked", "((reference))", [(Fault.LACKS, "until")]),
    ("case_accepted", "((reference))" + "ب" * 300, [(Fault.LONG, "")]),
]


def found(event: str, kind: Kind, words: Words) -> list[tuple[Fault, str]]:
    fields = offered.fields_of(EVENTS[event], kind)
    wanted = offered.wanted_of(EVENTS[event], kind)
    problems = rules.faults(words, kind, fields=fields, wanted=wanted)
    return [(problem.fault, problem.name) for problem in problems]


@pytest.mark.parametrize(("event", "text", "faults"), TABLE)
@pytest.mark.proves("S24", "templates_admin-002", "templates_admin-004", "templates_admin-006")
def test_a_short_text_is_taken_or_told_why_not(
    event: str, text: str, faults: list[tuple[Fault, str]]
) -> None:
    assert found(event, Kind.SHORT, Words(body=text)) == faults


@pytest.mark.parametrize(
    ("subject", "body", "faults"),
    [
        ("Accepted", "It was accepted.", []),
        ("((reference))", "((status))\n\n((link))", []),
        ("", "It was accepted.", [(Fault.HALF, "")]),
        ("Accepted", "", [(Fault.HALF, "")]),
        ("((link))", "It was accepted.", [(Fault.UNKNOWN, "link")]),
        ("((passport))", "It was accepted.", [(Fault.SENSITIVE, "passport")]),
        ("x" * 121, "It was accepted.", [(Fault.LONG, "")]),
        ("Accepted", "x" * 3001, [(Fault.LONG, "")]),
    ],
)
def test_a_mail_has_a_subject_and_a_text_and_its_frame_the_number(
    subject: str, body: str, faults: list[tuple[Fault, str]]
) -> None:
    assert found("case_accepted", Kind.MAIL, Words(subject=subject, body=body)) == faults


def test_a_line_of_the_inbox_names_no_link() -> None:
    words = Words(body="((reference)) ((link))")
    assert found("case_accepted", Kind.LINE, words) == [(Fault.UNKNOWN, "link")]


@pytest.mark.proves("S55")
def test_no_field_is_sensitive_and_codes_are_nobodys_to_write() -> None:
    assert {field.value for field in Field}.isdisjoint(rules.SENSITIVE)
    names = {event.name for event in offered.list_events()}
    assert {"case_accepted", "booking_moved", "waiting_confirm"} <= names
    assert names.isdisjoint(
        {"sign_in_code", "contact_code", "consent_code", "sign_in_new_device", "late_digest"}
    )


def test_nothing_is_sent_with_a_hole() -> None:
    assert rules.filled("((reference)) ((place))", {"reference": "JM-1", "place": ""}) is None
    assert rules.filled("((reference))", {}) is None


def test_the_link_is_added_unless_it_has_its_place() -> None:
    values = {"reference": "JM-1", "link": "http://localhost/ar"}
    added = applying.short(Words(body="((reference))."), values)
    placed = applying.short(Words(body="((link)) ((reference))"), values)
    assert (added, placed) == ("JM-1. http://localhost/ar", "http://localhost/ar JM-1")


PIECES = st.sampled_from(
    [
        *(
            "((reference))",
            "((link))",
            "((place))",
            "((name))",
            "((",
            "))",
            "{{ 7*7 }}",
            "{% if %}",
        ),
        *(
            "{reference}",
            "%(reference)s",
            "%s",
            "${7*7}",
            "#{7*7}",
            "<b>",
            "&amp;",
            "\\1",
            "\\g<0>",
        ),
        *("{{ u.delete() }}", "__class__", "\n", "\u202e", "'", '"', "`"),
    ]
)
PAYLOADS = st.lists(PIECES | st.text(max_size=20), max_size=8).map("".join)


@settings(max_examples=10_000, deadline=None)
@given(text=PAYLOADS, value=PAYLOADS.filter(bool), place=PAYLOADS.filter(bool))
@pytest.mark.grid
@pytest.mark.proves("S24", "templates_admin-008")
def test_ten_thousand_texts_and_values_stay_what_they_are(
    text: str, value: str, place: str
) -> None:
    check_literal(text, value, place)


@settings(max_examples=300, deadline=None)
@given(text=PAYLOADS, value=PAYLOADS.filter(bool), place=PAYLOADS.filter(bool))
@pytest.mark.proves("S24", "templates_admin-002", "templates_admin-008")
def test_texts_and_values_stay_what_they_are(text: str, value: str, place: str) -> None:
    check_literal(text, value, place)


def check_literal(text: str, value: str, place: str) -> None:
    """Fail unless a text has just its own fields put in, once, in plain text and in HTML."""
    values = {"reference": value, "place": place}
    parts = rules._MARK.split(text)
    literal, names = parts[::2], [rules._name(name) for name in parts[1::2]]
    written = rules.normalised(text)
    filled = rules.filled(written, values)
    if not set(names) <= set(values):
        assert filled is None
        return
    expected = [literal[0]]
    for name, after in zip(names, literal[1:], strict=True):
        expected += [values[name], after]
    assert filled == "".join(expected)
    check_escaped(Words(body=written), expected, values)


def check_escaped(words: Words, expected: list[str], values: dict[str, str]) -> None:
    """Fail unless a line as HTML says the same in text, and holds no element but line breaks."""
    line = applying.line(words, values)
    if any(not rules.bounded(part) for part in expected[1::2]):
        assert line is None, "a blank value is a hole"
        return
    assert line is not None
    bounded = [rules.bounded(part) if number % 2 else part for number, part in enumerate(expected)]
    assert str(line) == "".join(str(escape(part)) for part in bounded).replace("\n", "<br>")
    elements = {element.tag for element in markup.parse(f"<p>{line}</p>").iter()}
    assert elements <= {"html", "head", "body", "p", "br"}


@pytest.mark.proves("templates_admin-008")
def test_a_value_is_one_line_and_not_longer_than_a_message_bears() -> None:
    assert rules.bounded("a\r\nb\t c") == "a b c"
    assert len(rules.bounded("x" * 10_000)) == rules.LONGEST_VALUE


@pytest.mark.parametrize("text", ["((" * 25_000, "(( " * 20_000, "a." * 25_000, "((a" * 20_000])
def test_what_is_far_too_long_is_refused_at_once(text: str) -> None:
    assert found("case_accepted", Kind.SHORT, Words(body=text)) == [(Fault.LONG, "")]


OLD, NEW = Words(body="قديم"), Words(body="جديد")
RU = Words(body="Русский")


def test_a_translation_is_stale_once_the_main_text_has_changed() -> None:
    before = {"ar": OLD, "ru": RU}
    made_from = rules.sources({}, before, {}, main="ar")
    after = {"ar": NEW, "ru": RU}
    later = rules.sources(before, after, made_from, main="ar")
    states = {one: rules.state_of(one, after, later, "ar") for one in ("ar", "ru", "en")}
    assert rules.state_of("ru", before, made_from, "ar") is TextState.CURRENT
    assert states == {
        "ar": TextState.SOURCE,
        "ru": TextState.STALE,
        "en": TextState.MISSING,
    }


@pytest.mark.parametrize("how", ["confirmed", "changed", "back"])
def test_a_stale_translation_is_right_again(how: str) -> None:
    first, second = {"ar": OLD, "ru": RU}, {"ar": NEW, "ru": RU}
    made_from = rules.sources(first, second, rules.sources({}, first, {}, main="ar"), main="ar")
    third = {
        "confirmed": second,
        "changed": {"ar": NEW, "ru": Words(body="Новый")},
        "back": first,
    }[how]
    confirmed = ["ru"] if how == "confirmed" else []
    last = rules.sources(second, third, made_from, main="ar", confirmed=confirmed)
    assert rules.state_of("ru", third, last, "ar") is TextState.CURRENT
