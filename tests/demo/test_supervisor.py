"""The process group of `make run`: it starts, refuses, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.live import answers, copy_instance, demo_environ, start_demo, wait_for_web

MEMBERS = 5
"""Mail, short messages, broker, web and worker, each behind a shim."""


def group_of(pid: int) -> list[int]:
    """Return all living descendants of a process, read from /proc."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        return []
    found = [int(child) for child in children.read_text().split()]
    return found + [below for child in found for below in group_of(child)]


def refusal(environ: dict[str, str]) -> str:
    """Return what a supervisor that will not start says; it must be one line and status 1."""
    process = start_demo(environ)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert len(said.strip().splitlines()) == 1
    return said


@pytest.fixture
def running(tmp_path: Path, prepared: Path) -> Iterator[tuple[subprocess.Popen[str], Path, int]]:
    """Be a running demonstration that the test may kill: process, instance folder, port."""
    port = servers.free_port()
    copy_instance(prepared, tmp_path)
    process = start_demo(demo_environ(tmp_path, port))
    wait_for_web(process, f"http://127.0.0.1:{port}")
    yield process, tmp_path, port
    process.kill()
    process.communicate()


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        said = refusal(demo_environ(tmp_path, port))

    assert f"Port {port} is taken" in said
    assert f"PORT={port + 1} make run" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "postgresql+psycopg://localhost/real"), ("BIND", "0.0.0.0")],
)
def test_the_demonstration_refuses_what_belongs_to_production(
    tmp_path: Path, name: str, value: str
) -> None:
    said = refusal(demo_environ(tmp_path, servers.free_port(), **{name: value}))

    assert name in said


@pytest.mark.faults
def test_sigterm_stops_everything_cleanly(
    running: tuple[subprocess.Popen[str], Path, int],
) -> None:
    process, instance, port = running
    group = group_of(process.pid)
    assert len(group) >= 2 * MEMBERS

    for _time in range(20):  # A group gets it from its shell, from make and from the reader.
        process.send_signal(signal.SIGTERM)
    process.wait(20)

    assert process.returncode == 0
    assert not [pid for pid in group if servers.is_alive(pid)]
    assert not answers(f"http://127.0.0.1:{port}")
    assert not (instance / "broker.sock").exists()
    assert not (instance / "run.token").exists()


@pytest.mark.grid
@pytest.mark.faults
def test_a_start_can_be_stopped_while_it_writes_the_example(tmp_path: Path) -> None:
    process = start_demo(demo_environ(tmp_path, servers.free_port()))
    assert process.stdout is not None
    while "Writing the example" not in process.stdout.readline():
        pass
    group = group_of(process.pid)

    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=12)

    assert process.returncode == 0
    assert not [pid for pid in group if servers.is_alive(pid)]
    assert not (tmp_path / "prepared").exists()


def wait_for_end(group: Iterable[int], *, seconds: float) -> None:
    """Wait until no process of a group lives."""
    servers.wait_until(
        lambda: not [pid for pid in group if servers.is_alive(pid)],
        what="the end of every member",
        seconds=seconds,
    )


@pytest.mark.grid
@pytest.mark.faults
def test_a_killed_supervisor_leaves_no_process_behind(
    running: tuple[subprocess.Popen[str], Path, int],
) -> None:
    process, _, _ = running
    group = group_of(process.pid)

    process.kill()
    process.wait()

    wait_for_end(group, seconds=10)


@pytest.mark.grid
@pytest.mark.faults
def test_a_supervisor_whose_parent_was_killed_stops(tmp_path: Path, prepared: Path) -> None:
    port = servers.free_port()
    copy_instance(prepared, tmp_path)
    shell = subprocess.Popen(
        ["/bin/sh", "-c", f"{sys.executable} -m app.demo; exit"],
        cwd=servers.ROOT,
        env=demo_environ(tmp_path, port),
        stdout=subprocess.DEVNULL,
    )
    servers.wait_until(lambda: answers(f"http://127.0.0.1:{port}"), what="the web", seconds=60)
    group = group_of(shell.pid)

    shell.kill()
    shell.wait()

    wait_for_end(group, seconds=25)


@pytest.mark.grid
@pytest.mark.faults
def test_a_member_that_ends_ends_all(running: tuple[subprocess.Popen[str], Path, int]) -> None:
    process, _, _ = running
    group = group_of(process.pid)
    broker = next(pid for pid in group if b"valkey" in _program(pid))

    os.kill(broker, signal.SIGKILL)
    said, _ = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "The broker ended" in said
    assert not [pid for pid in group if servers.is_alive(pid)]


def _program(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]


@pytest.mark.grid
@pytest.mark.faults
def test_one_start_at_a_time_and_another_after_a_kill(
    running: tuple[subprocess.Popen[str], Path, int], record_property: Callable[[str, object], None]
) -> None:
    """A second one is refused; of a killed one no process stays, and the data is all there."""
    process, instance, port = running
    keys = (instance / "demo-keys.json").read_text()

    assert "already running" in refusal(demo_environ(instance, servers.free_port()))
    assert process.poll() is None
    assert answers(f"http://127.0.0.1:{port}")

    group = group_of(process.pid)
    process.kill()
    process.wait()
    port = servers.free_port()
    again = start_demo(demo_environ(instance, port))
    try:
        begun = time.monotonic()
        wait_for_web(again, f"http://127.0.0.1:{port}")
        record_property("seconds_of_second_start", time.monotonic() - begun)
        assert not [pid for pid in group if servers.is_alive(pid)]
    finally:
        again.terminate()
        again.communicate(timeout=20)

    assert again.returncode == 0
    assert (instance / "demo-keys.json").read_text() == keys


def test_a_socket_path_too_long_for_the_system_gives_way_to_a_short_one(tmp_path: Path) -> None:
    from app.demo import place

    deep = tmp_path / ("x" * 120)

    short = place.broker_socket(deep)

    assert len(os.fsencode(short)) < place.LONGEST_SOCKET_PATH
    assert place.broker_socket(Path("/srv/jaliya")) == Path("/srv/jaliya/broker.sock")
    short.parent.rmdir()
