"""The way through a draft: its pages, its papers, the check, in this order."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.cases import contents
from app.cases.models import Case
from app.web.templating import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One page on the way."""

    key: str
    title: Markup
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where on the way the reader is; positions count from 1."""

    position: int
    total: int
    previous: Stop | None
    following: Stop | None


def stops(case: Case) -> list[Stop]:
    """Return every page that this applicant goes through, by the answers so far."""
    found = [
        Stop(key=f"page/{page.key}", title=text_of(page.title), url=page_url(case, page.key))
        for page in contents.shown_pages(case)
    ]
    if contents.asked_papers(case):
        found.append(Stop(key="papers", title=_text(_("Papers")), url=papers_url(case)))
    return [*found, Stop(key="check", title=_text(_("Check and send")), url=check_url(case))]


def way(case: Case, key: str) -> Way:
    """Return where a stop stands on the way of a draft."""
    found = stops(case)
    keys = [stop.key for stop in found]
    at = keys.index(key) if key in keys else len(found) - 1
    return Way(
        position=at + 1,
        total=len(found),
        previous=found[at - 1] if at else None,
        following=found[at + 1] if at + 1 < len(found) else None,
    )


def url_to_go_on(case: Case) -> str:
    """Return the first page of a draft that still lacks something."""
    lacking = contents.gaps(case)
    if lacking.pages:
        return page_url(case, lacking.pages[0])
    return papers_url(case) if lacking.papers else check_url(case)


def page_url(case: Case, key: str) -> str:
    """Return the address of a page of answers."""
    return url_for("filing.page", reference=case.reference, key=key)


def papers_url(case: Case) -> str:
    """Return the address of the list of papers."""
    return url_for("papers.index", reference=case.reference)


def check_url(case: Case) -> str:
    """Return the address of the last page before sending."""
    page = "sending.check" if case.filing_id is None else "family.check"
    return url_for(page, reference=case.reference)


def _text(words: str) -> Markup:
    return Markup.escape(words)
