"""What the worker builds of an export: the rows of a view of the queue, or a case with its papers.

Rows are read and written page by page and papers one by one, into a file on this machine that has
no name: memory stays flat, and nothing is left when the worker dies.
"""

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import IO, Any

from flask import render_template
from flask_babel import gettext as _
from flask_babel import pgettext
from werkzeug.datastructures import MultiDict

from app.accounts import queries as accounts
from app.accounts import rules as persons
from app.accounts.rules import Details
from app.cases import bills, filing, masking, queue, selections
from app.cases import queries as cases
from app.cases.listing import Listed, Place
from app.cases.models import Case, CaseItem
from app.catalogue.answers import completeness
from app.catalogue.answers.wording import ShownAnswer, shown_answers
from app.catalogue.definition.elements import Definition
from app.catalogue.models import Post
from app.core import clock, i18n
from app.core.actor import Actor, Role
from app.core.db import db, transaction
from app.core.errors import NotAllowed, NotFound
from app.desk import history, papers, queries, wording
from app.desk.queue_filters import HEADINGS, QueueFilters
from app.desk.queue_rows import Column
from app.documents import issued as own_documents
from app.documents import services as documents
from app.documents.models import IssuedState
from app.jobs import handlers
from app.jobs.models import Job
from app.reporting import built
from app.reporting.exports import services, sheets
from app.reporting.exports.models import Export
from app.reporting.exports.rules import MOST_ROWS
from app.reporting.exports.sheets import Row

QUEUE, CASE = "desk.export_queue", "desk.export_case"
SELECTION = "desk.export_selection"
AT_ONCE = 250
IN_MEMORY = 1024 * 1024


def register_jobs() -> None:
    """Have the worker build exports."""
    handlers.register_slow(QUEUE, build_queue)
    handlers.register_slow(CASE, build_case)
    handlers.register_slow(SELECTION, build_selection)


def build_queue(job: Job) -> None:
    """Build the sheet of a view of the queue, unless it is built already."""
    export = _begin(job)
    if export is None:
        return
    uid, form, language = export.uid, export.format, export.language
    post_id, wish = export.post_id, dict(export.wish or {})
    officer_id = export.staff_id
    with _scratch() as body, i18n.speaking(language):
        choices = queries.list_choices(post_id, staff_id=officer_id)
        chosen = QueueFilters.read(MultiDict(wish["look"]), choices)
        zone = db.session.get_one(Post, post_id).zone
        words = str(wish.get("words", ""))
        rows = _rows(uid, post_id, officer_id, chosen, words, zone)
        heads, title = heads_of(chosen.columns), str(wording.TABS[chosen.tab])
        sheets.write(body, form, heads, rows, language=language, title=title)
        built.keep(Export, uid, body)


def build_selection(job: Job) -> None:
    """Build the sheet of the requests that were selected, unless it is built already."""
    export = _begin(job)
    if export is None:
        return
    uid, form, language, actor = (
        export.uid,
        export.format,
        export.language,
        services.actor_of(export),
    )
    run = selections.get_own(str((export.wish or {})["run"]), actor)
    with _scratch() as body, i18n.speaking(language):
        rows = _rows_of(uid, run.id, selections.list_cases(run), actor)
        heads, title = heads_of(tuple(Column)), _("Selected requests")
        sheets.write(body, form, heads, rows, language=language, title=title)
        built.keep(Export, uid, body)


def _rows_of(uid: str, run_id: int, case_ids: Sequence[int], actor: Actor) -> Iterator[Row]:
    """Yield the rows of a selection; after each part say how far it is and what became of each."""
    zone = db.session.get_one(Post, actor.post_id).zone
    for start in range(0, len(case_ids), AT_ONCE):
        part = case_ids[start : start + AT_ONCE]
        cases_seen = selections.listed(part, actor)
        officers = queries.names_of_staff(case.assignee_id for case in cases_seen)
        yield from [row_of(case, officers, zone) for case in cases_seen]
        written = {case.id for case in cases_seen}
        db.session.close()
        with transaction():
            selections.note(run_id, part, written)
        services.note_progress(uid, done=start + len(part), total=len(case_ids))
    with transaction():
        selections.end(run_id)


def _begin(job: Job) -> Export | None:
    """Return an export that is to be built; NotAllowed when its owner may not any more."""
    export = built.find_waiting(Export, str(job.arguments["export"]))
    if export is not None and not services.actor_of(export).has_role(Role.OFFICER, Role.HEAD):
        raise NotAllowed()
    return export


def _scratch() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)


def heads_of(columns: tuple[Column, ...]) -> dict[str, str]:
    """Return the name and the heading of each column of a sheet, in their order."""
    heads = {"reference": pgettext("column", "Reference")}
    for column in columns:
        if column is Column.APPLICANT:
            heads["arabic"] = _("Name in Arabic")
            heads["latin"] = _("Name as in the passport")
            heads["russian"] = _("Name in Russian")
            continue
        heads[column.value] = str(HEADINGS[column])
        if column is Column.TIME:
            heads[column.value] = _("Promised by")
            heads["sent"] = pgettext("column", "Sent")
    return heads


def _rows(
    uid: str, post_id: int, officer_id: int, chosen: QueueFilters, words: str, zone: str
) -> Iterator[Row]:
    """Yield the rows of a view page by page, and say how far it is after each."""
    applicant = accounts.has_words(words, Case.person_id)
    after: Place | None = None
    done = 0
    while done < MOST_ROWS:
        page = queue.queue_page(
            post_id,
            tab=chosen.tab,
            officer_id=officer_id,
            today=clock.today(zone),
            after=after,
            filters=chosen.narrowed(zone, applicant),
            order=chosen.in_front,
            limit=min(AT_ONCE, MOST_ROWS - done),
        )
        officers = queries.names_of_staff(case.assignee_id for case in page.cases)
        yield from [row_of(case, officers, zone) for case in page.cases]
        done, after = done + len(page.cases), page.next
        db.session.close()
        services.note_progress(uid, done=done, total=done + (AT_ONCE if after else 0))
        if after is None:
            return


def row_of(case: Listed, officers: Mapping[int, str], zone: str) -> Row:
    """Return the cells of a case by the names of their columns; days are those of the post."""
    details = Details.from_json(case.person.details or {})
    sent_at = case.submitted_at
    return {
        "reference": case.reference,
        "arabic": persons.arabic_name(details),
        "latin": persons.latin_name(details),
        "russian": persons.russian_name(details),
        Column.SERVICE.value: i18n.text_in(case.definition.title),
        Column.STATE.value: wording.state(case)[1],
        Column.TIME.value: case.due_on or "",
        "sent": clock.local(sent_at, zone).date() if sent_at else "",
        Column.OFFICER.value: _officer(case, officers),
        Column.LAST.value: clock.local(case.updated_at, zone).date(),
    }


def _officer(case: Listed, officers: Mapping[int, str]) -> str:
    """Return who has a case in hand, empty for one that anybody may take."""
    if case.is_free(clock.now()):
        return ""
    return officers.get(case.assignee_id or 0, "")


def build_case(job: Job) -> None:
    """Build the ZIP of a case: a summary to read, the same as data, its papers as page images."""
    export = _begin(job)
    if export is None:
        return
    uid, language, actor = export.uid, export.language, services.actor_of(export)
    reference = str((export.wish or {})["reference"])
    with _scratch() as body, i18n.speaking(language):
        with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as archive:
            _fill(archive, uid, cases.get_case(reference, actor))
        built.keep(Export, uid, body)


def _fill(archive: zipfile.ZipFile, uid: str, case: Case) -> None:
    definition = cases.definition(case)
    summary = summary_of(case, definition)
    archive.writestr("summary.html", render_template("desk/export_case.html", **summary))
    archive.writestr("summary.json", json.dumps(_plain(summary), ensure_ascii=False, indent=1))
    written = sum(
        _write_paper(archive, f"papers/{number:02d}-{item.key}", item)
        for number, item in enumerate(papers.papers_of(case), start=1)
    )
    for row in own_documents.list_of(case.id):
        if row.state is not IssuedState.ORDERED:
            _write(archive, f"documents/{row.code}", "pdf", partial(own_documents.pdf_of, row))
    db.session.close()
    services.note_progress(uid, done=written, total=written)


def _write_paper(archive: zipfile.ZipFile, name: str, item: CaseItem) -> int:
    """Write the pages of a paper one by one; return how many there were."""
    pages = papers.clean_pages(item)
    for number, (document, of_document) in enumerate(pages, start=1):
        read = partial(documents.page_image, document, of_document)
        _write(archive, f"{name}-{number:02d}", "jpg", read)
    return len(pages)


def _write(archive: zipfile.ZipFile, name: str, ending: str, read: Callable[[], bytes]) -> None:
    try:
        archive.writestr(f"{name}.{ending}", read())
    except NotFound:
        # Its bytes are lost, which is in the log; the rest of the case leaves all the same.
        archive.writestr(f"{name}.lost", "")


def summary_of(case: Case, definition: Definition) -> dict[str, Any]:
    """Return what the summary of a case says (Any: texts and lists of pairs).

    Identity numbers stay covered, as in the printed file; the papers show them.
    """
    details = Details.from_json(case.person.details or {})
    relevant = completeness.relevant_answers(definition, cases.answers(case), filing.of(case))
    known = masking.numbers_of(details)
    return {
        "reference": case.reference,
        "service": i18n.text_in(definition.title),
        "person": _person(details),
        "state": wording.state(case)[1],
        "fee": bills.in_words(case),
        "pages": [
            (i18n.text_in(page.title), masked)
            for page in definition.pages
            if (masked := shown_answers(page, masking.masked_values(page, relevant, known)))
        ],
        "papers": [
            (papers.title_of(definition, item), wording.item(item)[1], _note(item))
            for item in papers.papers_of(case)
        ],
        "history": history.lines(cases.list_events(case.id), definition),
        "made_at": clock.now(),
    }


def _person(details: Details) -> dict[str, tuple[str, str]]:
    """Return what is told of the person: by its name in the data, a label and the text."""
    born = i18n.short_day(details.birth_on) if details.birth_on else str(details.birth_year or "")
    told = {
        "arabic": (_("Name in Arabic"), persons.arabic_name(details)),
        "latin": (_("Name as in the passport"), persons.latin_name(details)),
        "russian": (_("Name in Russian"), persons.russian_name(details)),
        "born": (_("Born"), born),
    }
    return {key: line for key, line in told.items() if line[1]}


def _note(item: CaseItem) -> str:
    return item.note or ""


def _plain(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the summary as JSON has it (Any: as in summary_of)."""

    def answer(one: ShownAnswer) -> dict[str, str]:
        return {"question": str(one.label), "answer": str(one.text)}

    return {
        **{key: str(summary[key]) for key in ("reference", "service", "state", "fee")},
        "person": {key: text for key, (_label, text) in summary["person"].items()},
        "answers": [answer(one) for _title, answers in summary["pages"] for one in answers],
        "papers": [
            {"title": title, "state": state, "note": note}
            for title, state, note in summary["papers"]
        ],
        "history": [
            {"at": line.at.isoformat(), "what": str(line.action), "who": line.who}
            for line in summary["history"]
        ],
    }
