"""The files that invented people attach, drawn once and made into page images by the real child."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from app.accounts import rules
from app.accounts.rules import Details
from app.demo.story import drawing
from app.documents import decoder, storage
from app.documents.rules import FileKind
from app.documents.services import Upload

AT_ONCE = 2


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
    """Draws papers ahead of their use, a few at a time; close it at the end."""

    def __init__(self) -> None:
        self._folder = storage.current().incoming
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._files: dict[Wanted, Future[File]] = {}
        self._taken: dict[str, File] = {}

    def order(self, papers: Collection[Wanted]) -> None:
        """Have papers drawn in the background."""
        for wanted in papers:
            if wanted not in self._files:
                self._files[wanted] = self._pool.submit(_draw, wanted, self._folder)

    def take(self, wanted: Wanted) -> File:
        """Return a paper, drawn now when nobody ordered it."""
        self.order([wanted])
        file = self._files[wanted].result()
        self._taken[hashlib.sha256(file.upload.data).hexdigest()] = file
        return file

    def images_of(self, sha256: str) -> tuple[bytes, ...]:
        """Return the page images of a file that was taken, by the digest of its bytes."""
        return self._taken[sha256].images

    def close(self) -> None:
        """Wait for what was ordered and let the threads go."""
        self._pool.shutdown()


def _draw(wanted: Wanted, folder: Path) -> File:
    upload = _DRAWN.get(wanted.paper, _sheet_of("شهادة"))(wanted)
    images = decoder.pages(upload.data, upload.kind, max_pages=4, folder=folder)
    return File(upload=upload, images=tuple(images))


def _photo(wanted: Wanted) -> Upload:
    name = rules.latin_name(wanted.person)
    stripes = "#8fa0bf" if wanted.is_flawed else ""
    background = "#bfae8f" if wanted.is_flawed else "#f4f6f7"
    image = drawing.portrait(name, background=background, stripes=stripes)
    return _jpeg("صورة شخصية.jpg", image)


def _passport(wanted: Wanted) -> Upload:
    return _jpeg("جواز السفر.jpg", drawing.passport_page(wanted.person))


def _jpeg(name: str, image: drawing.Picture) -> Upload:
    return Upload(name=name, kind=FileKind.JPEG, data=drawing.as_jpeg(image))


def _sheet_of(title: str) -> Callable[[Wanted], Upload]:
    """Return what draws a sheet in Arabic with the names of the person."""

    def draw(wanted: Wanted) -> Upload:
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


def _russian_sheet_of(title: str) -> Callable[[Wanted], Upload]:
    """Return what draws a sheet in Russian with the names of the person."""

    def draw(wanted: Wanted) -> Upload:
        person = wanted.person
        rows = (
            ("Фамилия", person.family_ru),
            ("Имя", person.first_ru or "не указано"),
            ("Латиницей", rules.latin_name(person)),
            ("Дата рождения", person.birth),
        )
        return _pdf(f"{title}.pdf", title, rows, wanted)

    return draw


def _pdf(name: str, title: str, rows: tuple[tuple[str, str], ...], wanted: Wanted) -> Upload:
    image = drawing.sheet(title, rows, shade=0.45 if wanted.is_flawed else 1.0)
    return Upload(name=name, kind=FileKind.PDF, data=drawing.as_pdf([image]))


_DRAWN: Mapping[str, Callable[[Wanted], Upload]] = {
    "photo": _photo,
    "identity": _passport,
    "old_passport": _passport,
    "agent_identity": _passport,
    "civil_extract": _sheet_of("إخراج قيد فردي"),
    "family_proof": _sheet_of("بيان عائلي"),
    "guardianship": _sheet_of("وثيقة الولاية"),
    "birth_certificate": _russian_sheet_of("Свидетельство о рождении"),
    "residence": _russian_sheet_of("Вид на жительство"),
    "police_report": _russian_sheet_of("Справка полиции"),
    "document_copy": _russian_sheet_of("Диплом"),
    "enrolment": _russian_sheet_of("Справка об обучении"),
}
"""How a paper is drawn, by its key in the services."""
