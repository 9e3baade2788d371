"""Services that want two pairs of eyes, and cases that one of them has looked at."""

from dataclasses import replace

from app.catalogue.definition.elements import Decider, Definition, Step, StepKind
from tests.factories import cases as factory


def four_eyes(*deciders: Decider) -> Definition:
    """Return the passport renewal with a second review right after the first."""
    service = factory.definition()
    first, *rest = service.path
    second = Step(kind=StepKind.SECOND_REVIEW, decided_by=deciders)
    return replace(service, path=(first, second, *rest))
