"""Every form and every address with what breaks programs in it: no answer is a fault of ours."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest
from werkzeug.routing import Rule, UnicodeConverter

from app.web.access import public
from tests.nasty import NASTY
from tests.security.fuzzing import Form, Run
from tests.security.matrix import usual_values
from tests.security.world import World

pytestmark = [pytest.mark.security, pytest.mark.grid]

WHO = ("nobody", "officer", "admin")
OF_EACH = int(os.environ.get("FUZZ_N", "5"))


@pytest.fixture(scope="module")
def run(world: World) -> Run:
    """Be a run with a seed of its own, or with that of FUZZ_SEED."""
    seed = int(os.environ.get("FUZZ_SEED", random.randrange(10**6)))  # noqa: S311
    print(f"seed of the fuzz run: {seed} (FUZZ_SEED={seed} FUZZ_N={OF_EACH})")
    return Run(world=world, seed=seed, of_each=OF_EACH)


@pytest.mark.proves("S35", "S46")
def test_every_form_takes_whatever_is_typed(run: Run) -> None:
    forms = list(run.forms())
    for form in forms:
        run.fuzz(form)

    fields = sum(len(form.names) for form in forms)
    print(f"{len(forms)} forms, {fields} fields, answers: {dict(sorted(run.statuses.items()))}")
    assert len(forms) > 100
    assert run.faults == []


@pytest.mark.proves("S35")
def test_every_address_takes_whatever_stands_in_it(run: Run) -> None:
    before = Counter(run.statuses)
    rules = list(run.world.app.url_map.iter_rules())
    for form, what in (one for rule in rules for one in addresses(run, rule)):
        run.send(form, {}, what)

    print(f"answers: {dict(sorted((run.statuses - before).items()))}")
    assert run.faults == []


def addresses(run: Run, rule: Rule) -> Iterator[tuple[Form, str]]:
    """Yield addresses of a rule in which one part is a nasty text, as asked by some."""
    usual = usual_values(rule)
    parts = [n for n, c in rule._converters.items() if isinstance(c, UnicodeConverter)]
    for name in parts:
        chance = random.Random(f"{run.seed}:{rule.rule}:{name}")  # noqa: S311
        for text in chance.sample([one for one in NASTY if one and "/" not in one], 3):
            with run.world.app.test_request_context():
                built = rule.build({**usual, name: text})
            for who, method in product(WHO, {"GET", "POST"} & set(rule.methods or ())):
                yield (
                    Form(
                        method=method,
                        endpoint=rule.endpoint,
                        action=built[1] if built else "/",
                        values={},
                        names=(),
                        token=run.world.actors[who],
                    ),
                    f"{name}={text[:30]!r}",
                )


def test_a_fault_would_be_found(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Run(world=run.world, seed=1, of_each=1)
    form = Form(
        method="GET", endpoint="help.index", action="/en/help", values={}, names=("q",), token=""
    )

    @public
    def fault(**_values: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setitem(run.world.app.view_functions, "help.index", fault)
    other.fuzz(form)

    assert len(other.faults) == 1
