"""Journey step 3 in a browser: filing, papers, the check, the slip, following by number."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from tests.browser.reader import Reader
from tests.browser.test_sign_in import enter_person
from tests.factories import files

NEXT = "main form.j-form button[type=submit] >> nth=0"


def sign_in(reader: Reader, address: str) -> None:
    page = reader.open("/account/sign-in")
    page.fill("#address", address)
    page.click("main form button[type=submit]")
    page.fill("#code", reader.code_for(address))
    page.click("main form:has(#code) button[type=submit]")
    enter_person(reader, kind="self", first_ar="ليان", latin="LAYAN", sex="female")


def look(reader: Reader, name: str, *, script: bool) -> None:
    reader.check_fits()
    if script:
        reader.check_accessible()
    reader.shot(name)


def answer_pages(reader: Reader, *, script: bool) -> None:
    page = reader.page
    page.fill("#old_number", "N012345678")
    page.fill("#expires-year", "٢٠٢٧")
    page.check("input[name=reason][value=expired]")
    page.check("input[name=names_changed][value=no]")
    page.check("input[name=identity_proof][value=extract]")
    look(reader, "filing-page", script=script)
    page.click(NEXT)
    page.check("input[name=stay_status][value=student]")
    page.fill("#city", "Казань")
    page.fill("#address", "ул. Баумана, 1")
    page.click(NEXT)
    expect(page.locator(".govuk-error-summary a[href='#phone']")).to_have_count(1)
    look(reader, "filing-error", script=script)
    page.fill("#phone", "٨٩١٦١٢٣٤٥٦٧")
    page.click(NEXT)
    page.check("input[name=registered][value=yes]")
    page.check("#truth")
    page.check("#consent")
    page.click(NEXT)


def attach(reader: Reader, paper: str, file: Path) -> None:
    page = reader.page
    page.click(f"a[href$='/papers/{paper}']")
    if paper == "civil_extract":
        today = clock.today("Europe/Moscow")
        for part, value in (("", today.day), ("-month", today.month), ("-year", today.year)):
            page.fill(f"#issued_on{part}", str(value))
        page.click(NEXT)
    page.set_input_files("#file", file)
    page.click("main form[enctype] button[type=submit]")
    card = page.locator(f"section[aria-labelledby=paper-{paper}] .j-doc")
    expect(card.filter(has_text=file.name)).to_be_visible()


def papers(folder: Path) -> list[tuple[str, Path]]:
    made = [
        ("photo", "صورة شخصية.jpg", files.jpeg()),
        ("old_passport", "جواز السفر.pdf", files.pdf(2)),
        ("civil_extract", "إخراج قيد.pdf", files.pdf()),
    ]
    for _paper, name, body in made:
        (folder / name).write_bytes(body)
    return [(paper, folder / name) for paper, name, _body in made]


def follow(page: Page, reader: Reader, reference: str, code: str) -> None:
    reader.open("/follow")
    page.fill("#reference", reference.lower().replace("-", " "))
    page.fill("main #code", code)
    page.click(NEXT)


@pytest.mark.parametrize(
    ("language", "width", "script"),
    [
        ("ar", "phone", True),
        pytest.param("ru", "phone", False, marks=pytest.mark.grid),
        pytest.param("ru", "desk", True, marks=pytest.mark.grid),
        pytest.param("ar", "desk", False, marks=pytest.mark.grid),
    ],
)
def test_a_citizen_files_a_passport_renewal(
    new_reader: Callable[..., Reader], tmp_path: Path, language: str, width: str, script: bool
) -> None:
    reader = new_reader(language, width=width, script=script)
    page = reader.page
    sign_in(reader, f"filing-{language}-{width}@example.org")

    reader.open("/requests/new/PASS_RENEW")
    look(reader, "filing-start", script=script)
    page.check("input[name=variant][value=regular]")
    page.click(NEXT)
    answer_pages(reader, script=script)
    for paper, file in papers(tmp_path):
        attach(reader, paper, file)
    look(reader, "filing-papers", script=script)
    page.click("a[href$='/check']")
    look(reader, "filing-check", script=script)
    page.click(NEXT)

    reference = page.locator(".j-sent__ref").inner_text().strip()
    code = page.locator(".j-card--sand .j-code").inner_text()
    look(reader, "filing-sent", script=script)
    reader.go_back()
    expect(page.locator(".j-sent__ref")).to_have_text(reference)
    for path, name in (("", "request"), ("/slip", "slip"), ("/withdraw", "withdraw")):
        reader.open(f"/requests/{reference}{path}")
        look(reader, name, script=script)
    reader.open("/requests")
    look(reader, "requests", script=script)
    follow(page, reader, reference, code)
    reader.reads_text(reference)
    look(reader, "followed", script=script)


def test_back_after_a_refused_page_shows_what_was_typed(
    new_reader: Callable[..., Reader],
) -> None:
    reader = new_reader("ar", width="phone", script=False)
    page = reader.page
    sign_in(reader, "filing-back@example.org")
    reader.open("/requests/new/PASS_RENEW")
    page.check("input[name=variant][value=regular]")
    page.click(NEXT)
    page.fill("#old_number", "N012345678")

    page.click(NEXT)
    expect(page.locator(".govuk-error-summary")).to_have_count(1)
    page.click(".j-brand")
    expect(page.locator("#old_number")).to_have_count(0)
    reader.go_back()

    expect(page.locator("#old_number")).to_have_value("N012345678")
    expect(page.locator(".govuk-error-summary")).to_have_count(1)
