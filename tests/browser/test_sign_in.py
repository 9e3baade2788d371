"""Journey step 2 in a browser: signing in by mail, entering oneself and a child."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader

NAMES = {"father_ar": "سمير", "family_ar": "الحلبي", "mother_first_ar": "هند"}


def enter_person(reader: Reader, *, kind: str, first_ar: str, latin: str, sex: str) -> None:
    page = reader.open("/account/people/new")
    page.check(f"input[name=kind][value={kind}]")
    for name, text in (NAMES | {"first_ar": first_ar, "first_latin": latin}).items():
        page.fill(f"#{name}", text)
    page.check(f"input[name=sex][value={sex}]")
    page.fill("#birth-year", "١٩٩٠")
    page.click("main form button[type=submit]")
    expect(page.locator("#birth-year")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "width", "script"),
    [
        ("ar", "phone", True),
        pytest.param("ru", "phone", False, marks=pytest.mark.grid),
        pytest.param("ru", "desk", True, marks=pytest.mark.grid),
        pytest.param("ar", "desk", False, marks=pytest.mark.grid),
    ],
)
def test_a_citizen_signs_in_and_enters_a_family(
    new_reader: Callable[..., Reader], language: str, width: str, script: bool
) -> None:
    reader = new_reader(language, width=width, script=script)
    address = f"family-{language}-{width}@example.org"

    page = reader.open("/account/sign-in?next=" + f"/{language}/account/people")
    page.click("main form button[type=submit]")
    expect(page.locator(".govuk-error-summary a[href='#address']")).to_have_count(1)
    page.fill("#address", address)
    page.click("main form button[type=submit]")
    page.fill("#code", reader.code_for(address))
    page.click("main form:has(#code) button[type=submit]")

    enter_person(reader, kind="self", first_ar="ليان", latin="LAYAN", sex="female")
    enter_person(reader, kind="parent", first_ar="يوسف", latin="YUSUF", sex="male")

    expect(page.locator(".j-doc")).to_have_count(2)
    assert page.locator("html").get_attribute("dir") == {"ar": "rtl", "ru": "ltr"}[language]
    for path in ("/account", "/account/people", "/account/people/new"):
        reader.open(path)
        reader.check_fits()
        if script:
            reader.check_accessible()


@pytest.mark.parametrize(
    ("language", "width"), [("ar", "phone"), pytest.param("ru", "desk", marks=pytest.mark.grid)]
)
def test_a_citizen_signs_in_with_a_phone_and_adds_an_address(
    new_reader: Callable[..., Reader], language: str, width: str
) -> None:
    reader = new_reader(language, width=width)
    phone = {"ar": "+79160001122", "ru": "+79160001133"}[language]
    typed = {"ar": "٨ ٩١٦ ٠٠٠ ١١ ٢٢", "ru": "8 (916) 000-11-33"}[language]
    page = reader.open("/account/sign-in?next=" + f"/{language}/account")
    reader.check_accessible()
    page.fill("#address", typed)
    page.click("main form button[type=submit]")
    reader.check_fits()
    page.fill("#code", reader.code_for(phone))
    page.click("main form:has(#code) button[type=submit]")
    reader.reads_text(phone)
    reader.check_fits()
    reader.shot(f"phone-account-{language}")

    address = f"later-{language}@example.org"
    reader.open("/account/address")
    reader.check_accessible()
    page.fill("#address", address)
    page.click("main form:has(#address) button[type=submit]")
    page.fill("#code", reader.code_for(address))
    page.click("main form:has(#code) button[type=submit]")
    reader.reads_text(address)
