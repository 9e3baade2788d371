"""A post's own sample pictures: made harmless, never changed, shown beside their paper."""

import copy
import io
import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.catalogue.definition import document as definitions
from app.catalogue.models import SamplePicture
from app.core.actor import Role
from app.core.db import db, transaction
from tests.factories import cases as factory
from tests.factories import files, people
from tests.visitor import Page, Visitor, text_of

SAYS = {
    "says-ar": "إخراج القيد كاملاً",
    "says-ru": "Выписка целиком",
    "says-en": "The whole extract",
}


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Be an admin of a post that offers the passport renewal."""
    with app.app_context(), transaction():
        factory.publish()
    return people.staff_visitor(app, Role.ADMIN)


def add(admin: Visitor, body: bytes, key: str = "whole_extract", **says: str) -> Page:
    """Send a picture with its key and words."""
    admin.open("/en/admin/samples")
    sent = {"name": key, **SAYS, **says, "file": (io.BytesIO(body), "sample.jpg")}
    return admin.submit(sent, button="Add the picture")


def kept(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(SamplePicture.key)))


def test_a_picture_is_made_anew_and_shown_to_everybody(app: Flask, admin: Visitor) -> None:
    page = add(admin, files.jpeg_with_exif(1200, 900))

    assert "The whole extract" in page.text
    answer = app.test_client().get("/ru/services/samples/whole_extract.jpg")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert files.SECRET_PLACE.encode() not in answer.data
    assert len(answer.data) < 100_000
    with app.app_context():
        assert "sample_picture.added" in set(db.session.scalars(select(AuditEntry.action)))


def test_a_paper_shows_the_picture_that_it_names(app: Flask, admin: Visitor) -> None:
    add(admin, files.jpeg())
    document: dict[str, Any] = copy.deepcopy(definitions.dump(factory.definition()))
    extract = next(one for one in document["papers"] if one["key"] == "civil_extract")
    extract["sample"] = "whole_extract"
    visitor = people.citizen_visitor(app)
    with app.app_context(), transaction():
        factory.publish(definitions.parse(document))
        account = people.only_account()
        reference = factory.complete(account).reference

    page = visitor.open(f"/ru/requests/{reference}/papers/civil_extract")

    (shown,) = [one for one in page.root.iter("img") if "samples" in one.get("src", "")]
    assert shown.get("alt") == "Выписка целиком"
    assert visitor.client.get(shown.get("src", "")).status_code == 200


def foreign() -> bytes:
    """Return a service file whose extract names a picture of another post."""
    document: dict[str, Any] = copy.deepcopy(definitions.dump(factory.definition()))
    next(one for one in document["papers"] if one["key"] == "civil_extract")["sample"] = "of_kazan"
    return json.dumps(document).encode()


def test_an_import_says_which_pictures_are_not_there(app: Flask, admin: Visitor) -> None:
    told = "1 paper names a sample picture that the post does not have."
    admin.open("/en/admin/services/import")

    page = admin.submit({"file": (io.BytesIO(foreign()), "service.json")}, button="Read the file")

    assert told in page.text and "of_kazan" in page.text
    page = admin.submit(button="Replace the draft")
    assert told in page.text
    for path in ("papers", "parts/paper/2"):
        assert told in admin.open(f"/en/admin/services/PASS_RENEW/{path}").text
    assert told not in admin.open("/en/admin/services/PASS_RENEW/parts/paper/0").text
    add(admin, files.jpeg(), key="of_kazan")
    assert told not in admin.open("/en/admin/services/PASS_RENEW/papers").text


def test_the_builder_suggests_the_keys(admin: Visitor) -> None:
    add(admin, files.jpeg())

    page = admin.open("/en/admin/services/PASS_RENEW/parts/paper/0")

    assert {"passport", "photo", "whole_extract"} <= {
        one.get("value") for box in page.root.iter("datalist") for one in box.iter("option")
    }


@pytest.mark.parametrize(
    ("body", "key", "says", "error"),
    [
        (files.jpeg(), "Whole Extract", {}, "Use small Latin letters"),
        (files.jpeg(), "passport", {}, "This key is taken"),
        (files.jpeg(), "", {}, "This is needed."),
        (b"", "whole_extract", {}, "empty"),
        (files.program(), "whole_extract", {}, "JPEG"),
        (files.jpeg(), "whole_extract", {"says-ru": ""}, "Please write this in this language."),
        (files.jpeg(), "whole_extract", {"says-ar": "ا" * 201}, "at most 200"),
    ],
)
def test_what_cannot_be_a_picture_is_refused_beside_its_field(
    app: Flask, admin: Visitor, body: bytes, key: str, says: dict[str, str], error: str
) -> None:
    page = add(admin, body, key, **says)

    assert page.status == 422
    assert [one for one in page.errors if error in one], page.errors
    assert kept(app) == []


def test_a_picture_is_never_changed(app: Flask, admin: Visitor) -> None:
    add(admin, files.jpeg())
    page = add(admin, files.jpeg(100, 100))

    (error,) = page.errors
    assert error.endswith("This key is taken: a picture is never changed.")
    assert kept(app) == ["whole_extract"]
    assert "key" in text_of(page.root)


def test_an_unknown_picture_is_not_found(app: Flask, admin: Visitor) -> None:
    assert app.test_client().get("/en/services/samples/none.jpg").status_code == 404
