"""A service's definition: read strictly, written canonically, hashed."""

import hashlib
import json
import re
from collections.abc import Mapping

from app.catalogue.definition import consistency, keeping
from app.catalogue.definition.charge_reader import (
    MOST_TARGET_DAYS,
    read_add_on,
    read_fee,
    read_waiver,
)
from app.catalogue.definition.charges import Fee, FeeRule
from app.catalogue.definition.elements import (
    FORMAT,
    ApplicantCategory,
    AppointmentNeed,
    Category,
    Choice,
    Decider,
    Definition,
    Exclusion,
    Field,
    FieldKind,
    IssueTemplate,
    Notice,
    NoticeEvent,
    Page,
    Paper,
    PaperFormat,
    Pattern,
    Reason,
    Sector,
    Step,
    StepKind,
    Window,
)
from app.catalogue.definition.form_reader import (
    MOST_PAGES,
    read_condition,
    read_page,
    read_required_condition,
)
from app.catalogue.definition.problems import DefinitionError, Problem, ProblemCode
from app.catalogue.definition.reader import GUIDANCE, LINE, PARAGRAPH, Ambiguous, Reader
from app.catalogue.definition.texts import LANGUAGE, Text
from app.catalogue.definition.writer import dump

__all__ = [
    "ApplicantCategory",
    "AppointmentNeed",
    "Category",
    "Choice",
    "Definition",
    "DefinitionError",
    "Fee",
    "Field",
    "FieldKind",
    "Page",
    "Paper",
    "PaperFormat",
    "Pattern",
    "Problem",
    "ProblemCode",
    "Reason",
    "Step",
    "StepKind",
    "Text",
    "content_hash",
    "dump",
    "parse",
    "read_json",
    "write_json",
]

LARGEST_FILE = 1024 * 1024
MOST_STEPS = 20
MOST_POSITION = 100_000
MOST_UNITS = 48
MOST_BUFFER = 120
"""Minutes."""
MOST_MOVES = 20
MOST_PLACES = 1_000_000
LEAST_PAPER = 1024
MOST_PAPER_PAGES = 500
MOST_FRESHNESS_DAYS = 3660
LARGEST_SIDE = 10_000
MOST_PAPERS = 50
MOST_FEES = 200
MOST_REASONS = 30
MOST_EXCLUSIONS = 30
LARGEST_PAPER = 50 * 1024 * 1024

CODE = re.compile(r"[A-Z][A-Z0-9_]{2,39}")


def read_json(raw: bytes, *, most: int = LARGEST_FILE) -> Definition:
    """Return the definition in a service file of at most so many bytes; raises DefinitionError."""
    if len(raw) > most:
        raise _refusal(ProblemCode.FILE_TOO_LARGE, limit=most)
    try:
        document = json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise _refusal(ProblemCode.TOO_DEEP, limit=50) from None
    except ValueError:
        raise _refusal(ProblemCode.NOT_JSON) from None
    return parse(document)


def parse(document: object) -> Definition:
    """Return the definition that a JSON document describes.

    Raises DefinitionError with every mistake and its place. Languages that a
    post requires are not asked here, because a draft may lack them: see
    catalogue.translation.
    """
    problems: list[Problem] = []
    definition = _read(
        Reader(document, place="", main_language=_main_of(document), problems=problems)
    )
    if not problems:
        problems.extend(consistency.check(definition))
    if problems:
        raise DefinitionError(problems)
    return definition


def write_json(definition: Definition) -> bytes:
    """Return the service file that an admin exports: readable and stable."""
    return json.dumps(dump(definition), ensure_ascii=False, indent=1).encode() + b"\n"


def content_hash(definition: Definition) -> str:
    """Return the SHA-256 of the canonical JSON: same content, same hash."""
    canonical = json.dumps(
        dump(definition), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _main_of(document: object) -> str:
    main = document.get("main_language") if isinstance(document, Mapping) else None
    return main if isinstance(main, str) else ""


def _read(reader: Reader) -> Definition:
    version = reader.take("format")
    if version != FORMAT or isinstance(version, bool):
        reader.note(ProblemCode.WRONG_FORMAT_VERSION, "format", expected=FORMAT)
    definition = Definition(
        code=reader.matching("code", CODE, ProblemCode.BAD_CODE),
        category=reader.one_of("category", Category),
        position=reader.integer("position", least=0, most=MOST_POSITION),
        enabled=reader.boolean("enabled", default=True),
        main_language=reader.matching("main_language", LANGUAGE, ProblemCode.BAD_LANGUAGE),
        title=reader.text("title"),
        summary=reader.text("summary"),
        guidance=reader.text_or_empty("guidance", longest=GUIDANCE),
        applicants=reader.members("applicants", ApplicantCategory),
        personal_appearance=reader.boolean("personal_appearance", default=False),
        example=reader.boolean("example", default=False),
        sources=reader.strings("sources"),
        note=reader.optional_text("note", longest=PARAGRAPH),
        pages=reader.items("pages", read_page, most=MOST_PAGES),
        papers=reader.items("papers", _read_paper, most=MOST_PAPERS),
        fees=reader.items("fees", read_fee, most=MOST_FEES),
        path=reader.items("path", _read_step, most=MOST_STEPS, least=1),
        target_days=reader.integer("target_days", least=0, most=MOST_TARGET_DAYS),
        appointment=_read_appointment(reader),
        keeping=keeping.read(reader),
        exclusions=reader.items("exclusions", _read_exclusion, most=MOST_EXCLUSIONS),
        add_ons=reader.items("add_ons", read_add_on, most=MOST_FEES),
        waivers=reader.items("waivers", read_waiver, most=MOST_FEES),
        fee_rule=_read_fee_rule(reader),
        notices=reader.items("notices", _read_notice, most=len(NoticeEvent)),
        window=_read_window(reader),
        issues=reader.optional_text("issues", longest=LINE),
        issue_template=_read_template(reader),
        issue_words=reader.optional_text("issue_words"),
        issue_download=reader.boolean("issue_download", default=False),
        consent_when=read_condition(reader, "consent_when"),
    )
    reader.finish()
    return definition


def _read_paper(reader: Reader) -> Paper:
    return Paper(
        key=reader.key(),
        title=reader.text("title"),
        help=reader.optional_text("help"),
        required=reader.boolean("required", default=True),
        bring_when=read_condition(reader, "bring_when"),
        formats=reader.members("formats", PaperFormat),
        max_bytes=reader.integer("max_bytes", least=LEAST_PAPER, most=LARGEST_PAPER),
        max_pages=reader.integer("max_pages", least=1, most=MOST_PAPER_PAGES),
        freshness_days=reader.optional_integer("freshness_days", least=1, most=MOST_FRESHNESS_DAYS),
        min_side=reader.optional_integer("min_side", least=1, most=LARGEST_SIDE),
        original=reader.boolean("original", default=False),
        bring=reader.optional_text("bring"),
        sample=reader.optional_key("sample"),
        shared=reader.boolean("shared", default=False),
        reasons=reader.items("reasons", _read_reason, most=MOST_REASONS, least=2),
    )


def _read_reason(reader: Reader) -> Reason:
    return Reason(code=reader.key("code"), text=reader.text("text"))


def _read_step(reader: Reader) -> Step:
    return Step(
        kind=reader.one_of("kind", StepKind),
        title=reader.optional_text("title"),
        decided_by=reader.members_or_none("decided_by", Decider),
        by_proxy=reader.boolean("by_proxy", default=False),
    )


def _read_exclusion(reader: Reader) -> Exclusion:
    return Exclusion(
        key=reader.key(),
        when=read_required_condition(reader, "when"),
        reason=reader.text("reason", longest=PARAGRAPH),
        instead=reader.optional_text("instead"),
    )


def _read_notice(reader: Reader) -> Notice:
    return Notice(
        event=reader.one_of("event", NoticeEvent), text=reader.text("text", longest=PARAGRAPH)
    )


def _read_fee_rule(reader: Reader) -> FeeRule:
    return FeeRule.SUBMISSION if reader.lacks("fee_rule") else reader.one_of("fee_rule", FeeRule)


def _read_template(reader: Reader) -> IssueTemplate | None:
    if reader.lacks("issue_template"):
        return None
    return reader.one_of("issue_template", IssueTemplate)


def _read_window(reader: Reader) -> Window | None:
    if reader.lacks("window"):
        return None
    inner = reader.inner(reader.take("window"), "window")
    window = Window(
        opens_on=inner.day("opens_on"),
        closes_on=inner.day("closes_on"),
        places=inner.optional_integer("places", least=1, most=MOST_PLACES),
        sector=None if inner.lacks("sector") else inner.one_of("sector", Sector),
    )
    inner.finish()
    return window


def _read_appointment(reader: Reader) -> AppointmentNeed | None:
    if reader.lacks("appointment"):
        return None
    inner = reader.inner(reader.take("appointment"), "appointment")
    need = AppointmentNeed(
        pool=inner.key("pool"),
        units=inner.integer("units", least=1, most=MOST_UNITS),
        minutes_before=inner.optional_integer("minutes_before", least=0, most=MOST_BUFFER) or 0,
        minutes_after=inner.optional_integer("minutes_after", least=0, most=MOST_BUFFER) or 0,
        moves=inner.optional_integer("moves", least=0, most=MOST_MOVES),
    )
    inner.finish()
    return need


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return a JSON object; the reader refuses one that names a key twice, with its place."""
    made = dict(pairs)
    return made if len(made) == len(pairs) else Ambiguous(pairs)


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _refusal(code: ProblemCode, **params: str | int) -> DefinitionError:
    return DefinitionError([Problem(place="", code=code, params=params)])
