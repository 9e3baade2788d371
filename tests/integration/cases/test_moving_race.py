"""Publishing, saving and moving at the same moment: in whatever order, nothing is lost."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from app.cases import moving, queries, rebasing, services
from app.catalogue import queries as catalogue
from app.catalogue import services as catalogue_services
from app.catalogue.definition import document as definitions
from app.catalogue.services import Seen
from app.core.actor import SYSTEM, Actor
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, DomainError
from tests.databases import somebody_waits
from tests.factories import cases as factory
from tests.factories import people, versions
from tests.integration.cases.test_moving import rearranged
from tests.servers import wait_until

pytestmark = pytest.mark.race

STAY = factory.ANSWERS["stay_in_russia"]
TYPED = {**STAY, "city": "Москва"}
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that lacks nothing, and who may write into it."""

    reference: str
    version: int
    actor: Actor


def begin(app: Flask) -> Draft:
    """Make a whole draft of the first version."""
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        return Draft(case.reference, case.version, factory.citizen(account))


def both(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """Have all acts start at once, each in a transaction of its own; return how they ended."""
    gate = threading.Barrier(len(acts))
    ends = ["never"] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    act()
            except DomainError as refusal:
                ends[number] = type(refusal).__name__
            else:
                ends[number] = "done"
            finally:
                db.session.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return ends


def in_order(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """Have each act begin when the one before has committed."""
    return [end for act in acts for end in both(app, act)]


def publish() -> None:
    """Publish the rearranged renewal."""
    versions.publish(rearranged)


def save(draft: Draft) -> Callable[[], object]:
    """Return the saving of a page that was made from the first version."""
    return lambda: services.save_page(
        draft.reference, "stay_in_russia", TYPED, actor=draft.actor, judged_by=1
    )


def move(draft: Draft) -> Callable[[], object]:
    """Return the moving of a draft to the second version, as it stands then."""

    def act() -> None:
        seen = queries.get_case(draft.reference, draft.actor).version
        moving.move_draft(draft.reference, to=2, actor=draft.actor, seen=seen, key=new_uid())

    return act


def everything_known_of(app: Flask, draft: Draft) -> dict[str, object]:
    """Return every answer of a draft, with or without a place."""
    with app.app_context():
        case = queries.get_case(draft.reference, SYSTEM)
        found: dict[str, object] = {}
        for left in rebasing.left_over(case):
            found.update(left.answers)
        return found | queries.answers(case)


def check_places(app: Flask, draft: Draft) -> None:
    """Fail when a page holds an answer that its version does not ask there."""
    with app.app_context():
        case = queries.get_case(draft.reference, SYSTEM)
        for page in queries.definition(case).pages:
            saved = queries.answers_of_page(case, page.key)
            stray = set(saved.values or {}) - {one.key for one in page.fields} if saved else set()
            assert stray == set()


ALL = {key: value for page in factory.ANSWERS.values() for key, value in page.items()} | TYPED


@pytest.mark.parametrize("way", [in_order, both])
@pytest.mark.parametrize("first", ["publish", "save"])
def test_an_autosave_and_a_publication_keep_every_answer(
    racing_app: Flask, way: Callable[..., list[str]], first: str
) -> None:
    draft = begin(racing_app)
    acts = [publish, save(draft)] if first == "publish" else [save(draft), publish]

    assert way(racing_app, *acts) == ["done", "done"]

    assert everything_known_of(racing_app, draft) == ALL
    with racing_app.app_context():
        case = queries.get_case(draft.reference, SYSTEM)
        assert case.pinned.number == 1
        offered = catalogue.find_offered(case.service_id)
        assert offered is not None
        assert offered.number == 2


@pytest.mark.parametrize("way", [in_order, both])
@pytest.mark.parametrize("first", ["move", "save"])
def test_an_autosave_and_a_move_keep_every_answer(
    racing_app: Flask, way: Callable[..., list[str]], first: str
) -> None:
    draft = begin(racing_app)
    with racing_app.app_context(), transaction():
        publish()
    acts = [move(draft), save(draft)] if first == "move" else [save(draft), move(draft)]

    ends = way(racing_app, *acts)

    # Saving never fails; somebody who moves while something is saved may have to look again.
    assert ends[1 if first == "move" else 0] == "done"
    assert set(ends) <= {"done", "Conflict"}
    assert everything_known_of(racing_app, draft) == ALL
    check_places(racing_app, draft)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_who_waited_for_a_move_finds_the_draft_as_it_is_now(racing_app: Flask) -> None:
    """PostgreSQL looks at a row that was waited for again, and not at what was joined to it."""
    draft = begin(racing_app)
    with racing_app.app_context(), transaction():
        publish()
    saver = threading.Thread(target=lambda: ends.extend(both(racing_app, save(draft))))
    ends: list[str] = []

    def move_while_somebody_waits() -> None:
        move(draft)()
        db.session.flush()
        saver.start()
        wait_until(somebody_waits, what="somebody who waits for the lock")

    assert both(racing_app, move_while_somebody_waits) == ["done"]
    saver.join(timeout=60)

    assert ends == ["done"]
    assert everything_known_of(racing_app, draft) == ALL


def test_many_autosaves_while_versions_are_published_lose_nothing(racing_app: Flask) -> None:
    drafts = [begin(racing_app) for _ in range(ROUNDS)]

    ends = both(racing_app, publish, *(save(draft) for draft in drafts))

    assert set(ends) == {"done"}
    for draft in drafts:
        assert everything_known_of(racing_app, draft) == ALL


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_request_begins_while_a_version_is_being_published(racing_app: Flask) -> None:
    """SQLite lets one write at a time anyway."""
    begin(racing_app)
    begun = threading.Event()

    def publish_slowly() -> None:
        publish()
        assert begun.wait(timeout=20)

    def start() -> None:
        factory.draft(people.account())

    def start_and_tell() -> None:
        assert both(racing_app, start) == ["done"]
        begun.set()

    teller = threading.Thread(target=start_and_tell)
    teller.start()
    assert both(racing_app, publish_slowly) == ["done"]
    teller.join(timeout=60)


@pytest.mark.parametrize("way", [in_order, both])
@pytest.mark.parametrize("first", ["publish", "save"])
def test_a_draft_saved_by_another_admin_is_never_published_unseen(
    racing_app: Flask, way: Callable[..., list[str]], first: str
) -> None:
    """Whoever comes second of two admins is refused, or has seen nothing that was overwritten."""
    begin(racing_app)
    with racing_app.app_context(), transaction():
        shown = definitions.parse(versions.document(rearranged))
        service = catalogue_services.save_draft(people.post(), shown, actor=SYSTEM)
        seen = Seen(draft=service.draft_revision, published=1)

    def put_out() -> None:
        found = catalogue.get_service(people.post().id, "PASS_RENEW")
        catalogue_services.publish(found, actor=SYSTEM, seen=seen)

    def edit() -> None:
        other = definitions.parse(versions.document(lambda d: d.update(target_days=3)))
        catalogue_services.save_draft(people.post(), other, actor=SYSTEM, seen=seen.draft)

    acts = [put_out, edit] if first == "publish" else [edit, put_out]
    names = ["publish", "save"] if first == "publish" else ["save", "publish"]

    ends = dict(zip(names, way(racing_app, *acts), strict=True))

    assert ends["save"] == "done"
    with racing_app.app_context():
        service = catalogue.get_service(people.post().id, "PASS_RENEW")
        assert service.draft["target_days"] == 3
        newest = catalogue.list_versions(service)[0]
        if ends["publish"] == "done":
            assert newest.content_hash == definitions.content_hash(shown)
        else:
            assert (ends["publish"], newest.number) == (Conflict.__name__, 1)


def test_two_admins_who_publish_at_once_make_one_version(racing_app: Flask) -> None:
    begin(racing_app)
    with racing_app.app_context(), transaction():
        shown = definitions.parse(versions.document(rearranged))
        service = catalogue_services.save_draft(people.post(), shown, actor=SYSTEM)
        seen = Seen(draft=service.draft_revision, published=1)

    def put_out() -> None:
        found = catalogue.get_service(people.post().id, "PASS_RENEW")
        catalogue_services.publish(found, actor=SYSTEM, seen=seen)

    ends = both(racing_app, *([put_out] * ROUNDS))

    assert sorted(ends) == ["Conflict"] * (ROUNDS - 1) + ["done"]
    with racing_app.app_context():
        service = catalogue.get_service(people.post().id, "PASS_RENEW")
        assert [one.number for one in catalogue.list_versions(service)] == [2, 1]


@pytest.mark.parametrize("way", [in_order, both])
@pytest.mark.parametrize("first", ["send", "move"])
def test_a_draft_is_either_moved_or_sent_first(
    racing_app: Flask, way: Callable[..., list[str]], first: str
) -> None:
    draft = begin(racing_app)
    with racing_app.app_context(), transaction():
        publish()

    def send() -> None:
        services.submit(draft.reference, actor=draft.actor, seen=draft.version, key=new_uid())

    acts = [send, move(draft)] if first == "send" else [move(draft), send]
    ends = way(racing_app, *acts)

    assert sorted(ends)[-1] == "done"
    assert ends.count("done") == 1
    assert everything_known_of(racing_app, draft).keys() == ALL.keys()
