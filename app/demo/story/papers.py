"""The files that invented people attach, drawn at seed time together with their page images.

The child that looks at files is there for those of strangers; it would take ten seconds for these.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.accounts import rules
from app.accounts.rules import Details
from app.demo.story import drawing
from app.documents.child import PREVIEW_SIDE
from app.documents.rules import FileKind
from app.documents.services import Upload


@dataclass(frozen=True, slots=True)
class Wanted:
    """A paper of somebody; `is_flawed` when an officer will find fault with it."""

    paper: str
    person: Details
    is_flawed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it is attached, and the page images that the worker would make of it."""

    upload: Upload
    images: tuple[bytes, ...]


class Cabinet:
    """Draws each paper once and finds its page images again."""

    def __init__(self) -> None:
        self._files: dict[Wanted, File] = {}
        self._by_digest: dict[str, File] = {}

    def take(self, wanted: Wanted) -> File:
        """Return a paper."""
        if wanted not in self._files:
            file = self._files[wanted] = _DRAWN.get(wanted.paper, _sheet_of("شهادة"))(wanted)
            self._by_digest[hashlib.sha256(file.upload.data).hexdigest()] = file
        return self._files[wanted]

    def images_of(self, sha256: str) -> tuple[bytes, ...]:
        """Return the page images of a file that was taken, by the digest of its bytes."""
        return self._by_digest[sha256].images


def _file(name: str, kind: FileKind, image: drawing.Picture) -> File:
    jpeg = drawing.as_jpeg(image)
    data = jpeg if kind is FileKind.JPEG else drawing.as_pdf(image)
    small = drawing.as_jpeg(drawing.shrunk(image, PREVIEW_SIDE))
    return File(upload=Upload(name=name, kind=kind, data=data), images=(small, jpeg))


def _photo(wanted: Wanted) -> File:
    name = rules.latin_name(wanted.person)
    stripes = "#8fa0bf" if wanted.is_flawed else ""
    background = "#bfae8f" if wanted.is_flawed else "#f4f6f7"
    image = drawing.portrait(name, background=background, stripes=stripes)
    return _file("صورة شخصية.jpg", FileKind.JPEG, image)


def _passport(wanted: Wanted) -> File:
    return _file("جواز السفر.jpg", FileKind.JPEG, drawing.passport_page(wanted.person))


def _sheet_of(title: str) -> Callable[[Wanted], File]:
    """Return what draws a sheet in Arabic with the names of the person."""

    def draw(wanted: Wanted) -> File:
        person = wanted.person
        rows = (
            ("الاسم", person.first_ar),
            ("اسم الأب", person.father_ar),
            ("النسبة", person.family_ar),
            ("اسم الأم ونسبتها", rules.mother_name(person)),
            ("محل الولادة", person.birth_place),
            ("تاريخ الولادة", person.birth),
        )
        return _pdf(f"{title}.pdf", title, rows, wanted)

    return draw


def _russian_sheet_of(title: str) -> Callable[[Wanted], File]:
    """Return what draws a sheet in Russian with the names of the person."""

    def draw(wanted: Wanted) -> File:
        person = wanted.person
        rows = (
            ("Фамилия", person.family_ru),
            ("Имя", person.first_ru or "не указано"),
            ("Латиницей", rules.latin_name(person)),
            ("Дата рождения", person.birth),
        )
        return _pdf(f"{title}.pdf", title, rows, wanted)

    return draw


def _pdf(name: str, title: str, rows: tuple[tuple[str, str], ...], wanted: Wanted) -> File:
    image = drawing.sheet(title, rows, shade=0.45 if wanted.is_flawed else 1.0)
    return _file(name, FileKind.PDF, image)


_DRAWN: Mapping[str, Callable[[Wanted], File]] = {
    "photo": _photo,
    "identity": _passport,
    "old_passport": _passport,
    "agent_identity": _passport,
    "civil_extract": _sheet_of("إخراج قيد فردي"),
    "id_card": _sheet_of("البطاقة الشخصية"),
    "family_proof": _sheet_of("بيان عائلي"),
    "family_booklet": _sheet_of("دفتر العائلة"),
    "guardianship": _sheet_of("وثيقة الولاية"),
    "mandate": _sheet_of("وكالة خاصة"),
    "birth_certificate": _russian_sheet_of("Свидетельство о рождении"),
    "residence": _russian_sheet_of("Вид на жительство"),
    "police_report": _russian_sheet_of("Справка полиции"),
    "document_copy": _russian_sheet_of("Диплом"),
    "enrolment": _russian_sheet_of("Справка об обучении"),
}
"""How a paper is drawn, by its key in the services."""
