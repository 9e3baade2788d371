"""Every form with a token, pressed ten times at once: it does what one press does (F09).

The forms are those of the pages of the example, with everybody who reads them; what a press does is
counted, whatever it is: rows and sums of numbers in every table. Of the views that take a token,
those whose form stands on no page of the example are listed, so that none is forgotten.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import unwrap
from types import CodeType, ModuleType
from typing import Any

import pytest

from app.web.forms import KeyedForm
from tests.faults import pressing
from tests.faults.example import Example, Ground
from tests.faults.pressing import Form

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]
TIMES = 10


@dataclass(slots=True)
class Tally:
    """What came of all forms."""

    pressed: Counter[str]
    wrong: list[str]
    vain: set[tuple[str, str]]


def press_all(ground: Ground, forms: dict[tuple[str, str], list[Form]]) -> Tally:
    """Press each button that can be carried out ten times at once; return what came of it."""
    tally = Tally(pressed=Counter(), wrong=[], vain=set())
    for (endpoint, button), alike in sorted(forms.items()):
        found = _first_that_works(ground, alike)
        if found is None:
            ground.renew()
            found = _first_that_works(ground, alike)
        if found is None:
            tally.vain.add((endpoint, button))
            continue
        form, one = found
        answers, ten = pressing.pressed_at_once(ground.app, form, TIMES)
        tally.pressed[endpoint] += 1
        if len(answers) > 1 or ten != one or {status for status, _at in answers} != {302}:
            tally.wrong.append(f"{endpoint} {button}: {answers}, once {one}, ten times {ten}")
    return tally


def _first_that_works(ground: Ground, alike: list[Form]) -> tuple[Form, pressing.Effect] | None:
    for form in (filled for one in alike for filled in one.fillings()):
        status, effect = pressing.pressed_once(ground.app, form)
        if status == 302 and effect:
            return form, effect
    return None


def test_ten_presses_of_any_form_do_what_one_does(
    ground: Ground, example: Example, engine: str
) -> None:
    """F09; one view after the other, each with every button that its forms have."""
    tally = press_all(ground, example.forms)

    app = ground.app
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    takes = {name for name in posts if takes_a_token(app.view_functions[name])}
    print(
        f"\nF09 {engine}: seed none, N {tally.pressed.total()} buttons of {len(tally.pressed)}"
        f" views, {TIMES} times each, kills 0, lost 0, duplicated {len(tally.wrong)};"
        f" {len(takes)} views take a token, not pressed {sorted(takes - set(tally.pressed))}"
    )
    print(f"    in vain: {sorted(tally.vain)}")
    assert tally.wrong == []


def takes_a_token(view: Any) -> bool:
    """Return whether a view, or a function of ours that it calls, makes a form with a token."""
    waiting, seen = [unwrap(view)], set[Any]()
    while waiting:
        function = waiting.pop()
        if function in seen or not hasattr(function, "__code__"):
            continue
        seen.add(function)
        for thing in _named(function):
            if isinstance(thing, type) and issubclass(thing, KeyedForm):
                return True
            if getattr(thing, "__module__", None) == function.__module__:
                waiting.append(unwrap(thing) if callable(thing) else thing)
    return False


def _named(function: Any) -> Iterator[Any]:
    known = function.__globals__
    names = set(_names(function.__code__))
    for name in names & known.keys():
        thing = known[name]
        yield thing
        if isinstance(thing, ModuleType):
            yield from (vars(thing)[one] for one in names & vars(thing).keys())


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
