"""The papers of the walks, as a telephone or a scanner makes them."""

from playwright.sync_api import FilePayload

from tests.factories import files

PHOTO = FilePayload(name="صورة شخصية.jpg", mimeType="image/jpeg", buffer=files.jpeg())
BETTER_PHOTO = FilePayload(name="better.jpg", mimeType="image/jpeg", buffer=files.jpeg(480, 640))
PASSPORT = FilePayload(name="جواز السفر.pdf", mimeType="application/pdf", buffer=files.pdf(2))
EXTRACT = FilePayload(name="إخراج قيد.pdf", mimeType="application/pdf", buffer=files.pdf())
ALL = {"photo": PHOTO, "old_passport": PASSPORT, "civil_extract": EXTRACT}
