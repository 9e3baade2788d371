"""Services of one question, so that a walk is about what comes after filing; and filing them."""

import json
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import FilePayload

from tests.browser.papers import PHOTO
from tests.browser.reader import Reader
from tests.browser.steps import account, filing, services, staff
from tests.browser.steps.filing import Sent

LEFT_OUT = ("add_ons", "waivers", "notices", "appointment")
QUESTION = {"ar": "ما الغرض من الطلب؟", "ru": "Цель обращения", "en": "What is it for?"}
ANSWER = "للعمل"
_offered: set[tuple[str, str]] = set()
"""What was published on which server."""


def title(code: str) -> dict[str, str]:
    """Return what a service is called in each language."""
    return {"ar": f"معاملة للتجربة {code}", "ru": f"Пробная услуга {code}", "en": f"Trial {code}"}


def offer(
    new_reader: Any, code: str, path: Sequence[dict[str, Any]], *, has_fee: bool = False
) -> None:
    """Have an admin bring a small service from its file and publish it, once for a server.

    (Any: the fixture of the same name, and JSON.)
    """
    reader = new_reader("ru", width="desk")
    if (reader.server.url, code) in _offered:
        return
    body = json.dumps(_definition(code, path, has_fee=has_fee), ensure_ascii=False).encode()
    file = FilePayload(name=f"{code}.json", mimeType="application/json", buffer=body)
    staff.sign_in(reader, "admin")
    reader.open("/admin/services/import")
    reader.page.locator("input[type=file]").set_input_files([file])
    reader.page.locator("main form [type=submit]").first.click()
    reader.press("Make this the draft")
    reader.press("Publish the draft")
    reader.press("Publish this version")
    reader.reads("Version %(number)s is published. Requests that run keep theirs.")
    _offered.add((reader.server.url, code))


def _definition(code: str, path: Sequence[dict[str, Any]], *, has_fee: bool) -> dict[str, Any]:
    """Return the file of a service (Any: JSON)."""
    known = services.definition(filing.SERVICE)
    field = {"key": "purpose", "kind": "short_text", "label": QUESTION}
    return {
        **{name: known[name] for name in known if name not in LEFT_OUT},
        "code": code,
        "title": title(code),
        "personal_appearance": False,
        "pages": [{"key": "only", "title": title(code), "fields": [field]}],
        "papers": known["papers"][:1],
        "fees": known["fees"][:1] if has_fee else [],
        "path": list(path),
    }


def file(reader: Reader, code: str, person: str) -> Sent:
    """File a request for somebody among the people of the account."""
    reader.open(f"/requests/new/{code}")
    reader.group(reader.say("Whom is the request for?")).get_by_label(person).check()
    reader.press("Begin")
    return fill_in_and_send(reader)


def fill_in_and_send(reader: Reader) -> Sent:
    """Answer the one question of a draft that is open, attach the one paper, and send it."""
    reader.labelled(QUESTION[reader.language]).fill(ANSWER)
    reader.press("Save and continue")
    filing.attach(reader, "photo", PHOTO)
    reader.press("Continue to the check")
    reader.press("Send the request")
    return filing.read_sent(reader)


def citizen(reader: Reader, address: str, person: account.Entry) -> str:
    """Sign somebody new in and enter them; return what they are called."""
    account.sign_in(reader, address)
    account.add_person(reader, person)
    return person.called(reader.language)
