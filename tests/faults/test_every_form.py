"""Every form with a token, pressed ten times at once: it does what one press does (F09).

The forms are those of the pages of the example, with everybody who reads them, and of states that
it is led to for the others; what a press does is counted, whatever it is: rows, what is said in
them and sums of numbers, in every table. Of the views that take a token, those that cannot be
pressed are listed with a reason each: a view that is neither fails, and so does a reason in vain.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import unwrap
from types import CodeType, ModuleType
from typing import Any

import pytest
from flask import Flask

from app.web.forms import KeyedForm
from tests.databases import Databases
from tests.faults import example as examples
from tests.faults import pressing
from tests.faults.example import Example, Ground
from tests.faults.pressing import Form

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]
TIMES = 10
SEARCHES = "searches, and changes nothing; the POST keeps what is looked for out of addresses"
SHOWS = "gives the page back with what was typed; that it was looked at is all that is written"
LATER = "its state comes with the clock: see test_every_answer"
NOT_PRESSED = {
    "arrivals.narrow": SEARCHES,
    "desk_bulk.choose": SHOWS,
    "desk_case.reveal": "shows numbers: each press is a look, and each look is recorded",
    "desk_find.find": SEARCHES,
    "desk_find.narrow": SEARCHES,
    "desk_notes.put_words": SHOWS,
    "desk_stray.give_back": "money that nobody owed comes of a provider alone: see test_provider",
    "desk_thread.put_words": SHOWS,
    "desk_words.put": SHOWS,
    "draw.accept": LATER,
    "draw.decline": LATER,
    "draw_admin.enter_value": LATER,
    "hall.back": LATER,
    "missed.show": LATER,
    "service_file.bring": SHOWS,
    "service_preview.begin": "begins a trial each time; that there was one is all that is written",
    "waiting.accept": LATER,
    "waiting.decline": LATER,
}
"""The views that take a token, or share a function with one, and are not pressed, with why."""


@dataclass(slots=True)
class Tally:
    """What came of all forms."""

    pressed: Counter[str]
    wrong: list[str]
    vain: set[tuple[str, str]]


def press_all(ground: Ground, forms: dict[tuple[str, str], list[Form]]) -> Tally:
    """Press each button that can be carried out ten times at once; return what came of it."""
    tally, is_new = Tally(pressed=Counter(), wrong=[], vain=set()), True
    for (endpoint, button), alike in sorted(forms.items()):
        found = _first_that_works(ground, alike)
        if found is None and not is_new:
            ground.renew()
            is_new, found = True, _first_that_works(ground, alike)
        if found is None:
            tally.vain.add((endpoint, button))
            continue
        form, one = found
        answers, ten = pressing.pressed_at_once(ground.app, form, TIMES)
        is_new = False
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
    example: Example, staged: Example, databases: Databases, engine: str
) -> None:
    """F09; one view after the other, each with every button that its forms have."""
    with examples.opened(example, databases, engine) as ground:
        tally = press_all(ground, example.forms)
    left = {key: forms for key, forms in staged.forms.items() if key[0] not in tally.pressed}
    with examples.opened(staged, databases, engine) as ground:
        more = press_all(ground, left)
        takes = views_with_a_token(ground.app)

    wrong, pressed = tally.wrong + more.wrong, tally.pressed + more.pressed
    not_pressed = takes - set(pressed)
    print(
        f"\nF09 {engine}: seed none, N {pressed.total()} buttons of {len(pressed)}"
        f" views, {TIMES} times each, kills 0, lost 0, duplicated {len(wrong)};"
        f" pressed {len(takes) - len(not_pressed)} of the {len(takes)} that take a token"
    )
    print(f"    in vain: {sorted(tally.vain | more.vain)}")
    print(*(f"    wrong: {one}" for one in wrong), sep="\n")
    assert wrong == []
    assert not_pressed == set(NOT_PRESSED)


def views_with_a_token(app: Flask) -> set[str]:
    """Return the views that take forms with a token."""
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    return {name for name in posts if takes_a_token(app.view_functions[name])}


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
