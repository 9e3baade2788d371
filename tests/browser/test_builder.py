"""An admin builds a service without a programmer, and a citizen files it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload

from tests.browser import papers, people
from tests.browser.reader import Reader
from tests.browser.steps import account, builder, filing, staff

CODE = "CHILD_CARD"
TITLE = {"ar": "بطاقة الطفل", "ru": "Карточка ребёнка", "en": "Child card"}
FAMILY = {"ar": "الأسرة", "ru": "Семья", "en": "Family"}
HAS_CHILDREN = {"ar": "وجود أولاد", "ru": "Есть дети", "en": "Has children"}
DETAILS = {"ar": "التفاصيل", "ru": "Подробности", "en": "Details"}
CITY = {"ar": "مدينة الإقامة", "ru": "Город проживания", "en": "City of residence"}
CHILDREN = {"ar": "الأولاد", "ru": "Дети", "en": "Children"}
NAME = {"ar": "اسم الولد", "ru": "Имя ребёнка", "en": "Name of the child"}
BORN = {"ar": "تاريخ الولادة", "ru": "Дата рождения", "en": "Date of birth"}
PASSPORT = {"ar": "صورة الجواز", "ru": "Копия паспорта", "en": "Copy of the passport"}
CERTIFICATE = {"ar": "شهادة الولادة", "ru": "Свидетельство о рождении", "en": "Birth certificate"}
FEE = {"ar": "رسم البطاقة", "ru": "Сбор за карточку", "en": "Card fee"}
BASIS = {"ar": "مثال", "ru": "Пример", "en": "Example"}


def build(reader: Reader) -> None:
    """Build the service and publish it."""
    builder.begin_service(reader, CODE, TITLE)
    builder.add_page(reader, FAMILY, HAS_CHILDREN, "yes_no")
    builder.add_page(reader, DETAILS, CITY, "short_text")

    builder.begin_field(reader, 1, "Group that repeats, such as children")
    builder.write(reader, "label", CHILDREN)
    builder.write(reader, "fields.0.label", NAME)
    builder.hold_when(reader, "show_when", "has_children", "yes")
    reader.looks("builder-group")
    builder.save(reader)
    reader.follow(CHILDREN[reader.language])
    reader.press("Add a field to the group")
    reader.press("Date, or the year only")
    builder.write(reader, "label", BORN)
    builder.save(reader)
    builder.open_tab(reader, "Form")
    reader.looks("builder-form")

    builder.open_tab(reader, "Papers")
    builder.add_paper(reader, PASSPORT)
    builder.save(reader)
    builder.add_paper(reader, CERTIFICATE)
    builder.hold_when(reader, "bring_when", "has_children", "yes")
    builder.save(reader)
    reader.looks("builder-papers")

    builder.open_tab(reader, "Fees")
    builder.add_fee(reader, FEE, BASIS, "25")
    builder.open_tab(reader, "Offer and notices")
    builder.is_offered(reader)
    reader.open(f"/admin/services/{CODE}")
    reader.press("Publish the draft")
    reader.press("Publish this version")
    reader.reads("Version %(number)s is published. Requests that run keep theirs.")


def attach(reader: Reader, title: str, file: FilePayload) -> None:
    """Attach a file to the paper of this title."""
    card = reader.main.get_by_role("region", name=title, exact=True)
    reader.press("Attach", within=card)
    reader.labelled(reader.say("File")).set_input_files([file])
    reader.press("Attach")
    reader.reads_text(file["name"])


@pytest.mark.grid
def test_an_admin_builds_a_service_and_a_citizen_files_it(
    new_reader: Callable[..., Reader],
) -> None:
    admin = new_reader("ar", width="desk")
    staff.sign_in(admin, "admin")
    build(admin)

    reader = new_reader("ar", width="phone")
    account.sign_in(reader, "builder@example.org")
    account.add_person(reader, people.MOTHER)
    reader.open(f"/services/{CODE}")
    reader.reads_text(FEE["ar"], "25", PASSPORT["ar"], CERTIFICATE["ar"])
    reader.open(f"/requests/new/{CODE}")
    whom = reader.group(reader.say("Whom is the request for?"))
    whom.get_by_label(people.MOTHER.called("ar")).check()
    reader.press("Begin")

    yes = reader.say("Yes", context="answer")
    reader.group(HAS_CHILDREN["ar"]).get_by_label(yes, exact=True).check()
    reader.press("Save and continue")
    reader.labelled(CITY["ar"]).fill("موسكو")
    reader.labelled(NAME["ar"]).fill("تالا")
    reader.fill_date(reader.group(BORN["ar"]), "", "", "2019")
    reader.press("Add another one")
    reader.labelled(NAME["ar"], within=reader.group(f"{CHILDREN['ar']} (2)")).fill("سامر")
    second = reader.group(f"{CHILDREN['ar']} (2)")
    reader.fill_date(second.get_by_role("group", name=BORN["ar"]), "", "", "2021")
    reader.looks("builder-filed")
    reader.press("Save and continue")

    attach(reader, PASSPORT["ar"], papers.PASSPORT)
    attach(reader, CERTIFICATE["ar"], papers.EXTRACT)
    reader.press("Continue to the check")
    reader.reads_text("تالا", "سامر", "2021")
    reader.check_fits()
    reader.press("Send the request")
    assert filing.read_sent(reader).reference
