"""Due work is done once, in the transaction that says so, and periodic work once per period."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from app.core import clock, places
from app.core.db import db, transaction
from app.jobs import handlers, rules, services, tasks, ticks
from app.jobs.models import Job, JobState
from tests.factories.jobs import find_job

START = datetime.fromisoformat("2026-12-03T09:00:00+00:00")


@pytest.fixture(autouse=True)
def own_handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Register for this test alone."""
    monkeypatch.setattr(handlers, "_handlers", {})
    monkeypatch.setattr(ticks, "_periodic", {})
    yield


def schedule(
    app: Flask, kind: str = "work", dedupe: str = "j", *, due_at: datetime = START
) -> None:
    with app.app_context(), transaction():
        services.schedule(kind, dedupe=dedupe, due_at=due_at, arguments={"n": 1})


def drained(app: Flask, at: datetime = START) -> int:
    with time_machine.travel(at, tick=False), app.app_context():
        return tasks.drain()


def job_of(app: Flask, dedupe: str = "j") -> Job:
    with app.app_context():
        job = job_of_now(dedupe)
        db.session.expunge(job)
        return job


def test_a_job_runs_once_when_it_is_due(app: Flask) -> None:
    seen: list[object] = []
    handlers.register("work", lambda job: seen.append(job.arguments))
    schedule(app)
    schedule(app)
    assert drained(app, START - timedelta(seconds=1)) == 0
    assert drained(app) == 1
    assert drained(app) == 0
    assert seen == [{"n": 1}]
    assert job_of(app).state is JobState.DONE


def test_jobs_leave_the_last_worker_of_a_machine_to_messages(app: Flask) -> None:
    """Of two workers, one carries jobs out; the other one would keep codes to sign in waiting."""
    handlers.register("work", lambda job: None)
    schedule(app)

    with app.app_context(), places.hold_for_drain("jobs") as is_held:
        assert is_held
        assert drained(app) == 0
        with places.hold_for_drain("email") as is_free:
            assert is_free
    assert drained(app) == 1


def test_a_cancelled_job_does_not_run(app: Flask) -> None:
    handlers.register("work", lambda job: pytest.fail("ran"))
    schedule(app)
    with app.app_context(), transaction():
        services.cancel("j")
    assert drained(app) == 0
    assert job_of(app).state is JobState.CANCELLED


def test_a_job_whose_time_has_not_come_waits_as_often_as_it_takes(app: Flask) -> None:
    def wait(job: Job) -> None:
        raise services.NotYet("what it needs is away")

    handlers.register_slow("work", wait)
    schedule(app)
    for turn in range(rules.MOST_ATTEMPTS + 2):
        assert drained(app, START + timedelta(hours=turn)) == 1

    job = job_of(app)
    assert (job.state, job.last_error) == (JobState.DUE, "what it needs is away")
    assert job.due_at > START + timedelta(hours=turn)


def test_what_a_failed_job_wrote_is_gone_and_the_others_go_on(app: Flask) -> None:
    def half(job: Job) -> None:
        services.schedule("late", dedupe="child", due_at=START, arguments={})
        raise ValueError("half way")

    handlers.register("half", half)
    handlers.register("work", lambda job: None)
    schedule(app, "half", "half")
    schedule(app, "work", "whole")
    assert drained(app) == 2
    assert job_of(app, "whole").state is JobState.DONE
    failed = job_of(app, "half")
    assert (failed.state, failed.last_error, failed.attempts) == (JobState.DUE, "ValueError", 1)
    assert failed.due_at >= START
    with app.app_context():
        assert find_job("child") is None


def test_a_job_that_always_raises_fails_in_the_end(app: Flask) -> None:
    def bad(job: Job) -> None:
        raise ValueError

    handlers.register("work", bad)
    schedule(app)
    for day in range(rules.MOST_ATTEMPTS + 2):
        drained(app, START + timedelta(days=day))
    job = job_of(app)
    assert (job.state, job.attempts) == (JobState.FAILED, rules.MOST_ATTEMPTS)


def test_a_kind_that_nobody_handles_is_not_lost(app: Flask) -> None:
    schedule(app, "unheard_of")
    assert drained(app) == 1
    job = job_of(app)
    assert (job.state, job.last_error) == (JobState.DUE, "LookupError")


def test_a_worker_that_died_leaves_the_job_to_another_until_the_third_death(app: Flask) -> None:
    handlers.register("work", lambda job: None)
    schedule(app)
    moment = START
    for _ in range(2):
        claim_and_die(app, moment)
        moment += rules.LEASE + timedelta(seconds=1)
    assert drained(app, moment - timedelta(seconds=2)) == 0, "the lease still holds"
    assert drained(app, moment) == 1
    assert job_of(app).state is JobState.DONE


def test_a_job_that_kills_every_worker_is_given_up(app: Flask) -> None:
    handlers.register("work", lambda job: pytest.fail("ran"))
    schedule(app)
    moment = START
    for _ in range(rules.MOST_DEATHS):
        claim_and_die(app, moment)
        moment += rules.LEASE + timedelta(seconds=1)
    assert drained(app, moment) == 1
    job = job_of(app)
    assert (job.state, job.last_error) == (JobState.FAILED, "died")


def test_a_job_that_raised_before_lives_through_the_death_of_a_worker(app: Flask) -> None:
    raising = [OSError("the store is away")] * (rules.MOST_DEATHS - 1)

    def work(job: Job) -> None:
        if raising:
            raise raising.pop()

    handlers.register("work", work)
    schedule(app)
    for day in range(rules.MOST_DEATHS - 1):
        drained(app, START + timedelta(days=day))
    claim_and_die(app, START + timedelta(days=10))
    assert drained(app, START + timedelta(days=11)) == 1

    job = job_of(app)
    assert (job.state, job.attempts, job.deaths) == (JobState.DONE, 4, 1)


def test_progress_makes_up_for_the_deaths_before_it(app: Flask) -> None:
    schedule(app)
    moment = START
    for _ in range(rules.MOST_DEATHS * 2):
        with app.app_context(), transaction():
            claim = services.claim(moment)
            assert isinstance(claim, services.Claim)
            job = services.lock(claim)
            assert job is not None and services.go_on(job)
        moment += timedelta(days=1)


def test_whoever_gives_a_job_up_is_told_so_and_may_not_carry_it_out(app: Flask) -> None:
    schedule(app)
    moment = START
    for _ in range(rules.MOST_DEATHS):
        claim_and_die(app, moment)
        moment += rules.LEASE + timedelta(seconds=1)
    with app.app_context(), transaction():
        assert services.claim(moment) == services.GivenUp(id=job_of_now("j").id)


def job_of_now(dedupe: str) -> Job:
    """Return a job within the open context."""
    job = find_job(dedupe)
    assert job is not None
    return job


def claim_and_die(app: Flask, at: datetime) -> None:
    with app.app_context(), transaction():
        assert isinstance(services.claim(at), services.Claim)


def test_a_worker_that_lost_its_lease_writes_nothing(app: Flask) -> None:
    handlers.register("work", lambda job: None)
    schedule(app)
    with app.app_context(), transaction():
        claimed = services.claim(START)
    assert isinstance(claimed, services.Claim)
    assert drained(app, START + rules.LEASE + timedelta(seconds=1)) == 1
    with app.app_context(), transaction():
        assert services.lock(claimed) is None


def test_a_slow_handler_runs_outside_of_any_transaction(app: Flask) -> None:
    def slow(job: Job) -> None:
        assert not db.session.info.get("boundary")
        with transaction():
            services.schedule("late", dedupe="child", due_at=job.due_at, arguments={})

    handlers.register_slow("work", slow)
    handlers.register("late", lambda job: None)
    schedule(app)
    assert drained(app) == 2
    assert job_of(app, "child").state is JobState.DONE


def test_periodic_work_runs_once_per_period_however_many_beats_there_are(app: Flask) -> None:
    seen: list[datetime] = []
    ticks.every("sweep", timedelta(minutes=10), seen.append)
    for minutes in (0, 1, 9, 10, 11, 45, 46):
        for _ in range(3):
            ticked(app, START + timedelta(minutes=minutes))
    assert seen == [START + timedelta(minutes=minutes) for minutes in (0, 10, 40)]


def test_periodic_work_that_raised_is_tried_again_in_its_period(app: Flask) -> None:
    seen: list[datetime] = []

    def first_raises(at: datetime) -> None:
        seen.append(at)
        if len(seen) == 1:
            raise ValueError

    ticks.every("sweep", timedelta(minutes=10), first_raises)
    assert ticked(app, START) == 0
    assert ticked(app, START + timedelta(minutes=1)) == 1
    assert ticked(app, START + timedelta(minutes=2)) == 0


def ticked(app: Flask, at: datetime) -> int:
    with time_machine.travel(at, tick=False), app.app_context():
        return tasks.tick()


def test_what_ended_long_ago_is_forgotten_and_what_failed_is_not(app: Flask) -> None:
    handlers.register("work", lambda job: None)
    schedule(app, dedupe="done")
    schedule(app, dedupe="failed", due_at=START + timedelta(days=90))
    drained(app)
    now = clock.now()
    with app.app_context(), transaction():
        failed = job_of_now("failed")
        failed.state, failed.ended_at = JobState.FAILED, START
        tasks.forget_old(max(now, START) + timedelta(days=60))
    with app.app_context():
        assert find_job("done") is None
        assert find_job("failed") is not None
