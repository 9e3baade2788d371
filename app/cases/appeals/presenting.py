"""The files of an appeal as both sides read them."""

from app.cases.appeals.models import Appeal
from app.cases.talk.presenting import FileUrl, FileView, file_view


def files(appeal: Appeal, url_of: FileUrl) -> list[FileView]:
    """Return the files that came with an appeal."""
    return [file_view(one.document, url_of) for one in appeal.files]
