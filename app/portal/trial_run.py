"""A trial of a draft: who tries it and what was answered, without a row anywhere."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date

from app.catalogue import fees
from app.catalogue.answers import completeness
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import Definition, Exclusion, Page, Paper
from app.catalogue.fees import Bill, Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Somebody who is invented, and the answers so far; `on` is the day of the trial."""

    category: str
    age: int | None
    variant: str | None
    on: date
    answers: Mapping[str, object] = field(default_factory=dict)

    @property
    def applicant(self) -> Applicant:
        """Return what conditions may know of who is invented."""
        return Applicant(category=self.category, age=self.age, on=self.on)

    def with_page(self, page: Page, values: Mapping[str, object]) -> "Trial":
        """Return the trial with a page answered anew."""
        here = {one.key for one in page.fields}
        others = {key: value for key, value in self.answers.items() if key not in here}
        return replace(self, answers=others | dict(values))

    def dump(self) -> bytes:
        """Return the trial as bytes that `load` reads."""
        plain = asdict(self) | {"on": self.on.isoformat()}
        return zlib.compress(json.dumps(plain, ensure_ascii=False).encode())


def load(raw: bytes) -> Trial:
    """Return the trial that was dumped."""
    plain = json.loads(zlib.decompress(raw))
    return Trial(**plain | {"on": date.fromisoformat(plain["on"])})


def relevant(service: Definition, trial: Trial) -> dict[str, object]:
    """Return the answers that count."""
    return completeness.relevant_answers(service, trial.answers, trial.applicant)


def shown_pages(service: Definition, trial: Trial) -> list[Page]:
    """Return the pages that ask this applicant anything, given the answers so far."""
    known = relevant(service, trial)
    return [
        page for page in service.pages if completeness.is_page_shown(page, known, trial.applicant)
    ]


def papers(service: Definition, trial: Trial) -> tuple[Paper, ...]:
    """Return the papers that this applicant would be asked for."""
    return completeness.papers_to_bring(service, trial.answers, trial.applicant)


def exclusion(service: Definition, trial: Trial) -> Exclusion | None:
    """Return why this applicant is not served, None when nothing is against it."""
    return completeness.exclusion(service, trial.answers, trial.applicant)


def is_stopped(service: Definition, trial: Trial) -> bool:
    """Return whether this applicant is not served, whatever else they would answer."""
    found = completeness.certain_exclusion(service, trial.answers, trial.applicant)
    return found is not None


def page_of_exclusion(service: Definition, trial: Trial) -> str | None:
    """Return the key of the page with the answer that excludes, None when none does."""
    found = exclusion(service, trial)
    if found is None:
        return None
    page = completeness.page_of_exclusion(service, found, trial.answers, trial.applicant)
    return page.key if page else None


def bill(service: Definition, trial: Trial) -> Bill:
    """Return what would be due on the day of the trial."""
    claim = Claim(
        variant=trial.variant,
        category=trial.category,
        answers=relevant(service, trial),
        applicant=trial.applicant,
    )
    return fees.bill(service, claim, on=trial.on)
