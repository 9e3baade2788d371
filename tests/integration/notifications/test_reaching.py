"""Hosts that browsers name: one look-up, and no address but public ones."""

import socket

import pytest
from flask import Flask

from app.notifications.channels import push as channel
from app.notifications.channels import reaching
from app.notifications.channels.calling import Connection
from app.notifications.channels.protocol import Unreached
from app.notifications.channels.reaching import PublicConnection
from app.notifications.push import rules
from app.notifications.rules import Result
from tests.integration.notifications.test_push import named

HOST = "db5p.notify.windows.com"
PUBLIC, SECOND = "8.8.8.8", "2606:4700:4700::1111"
INSIDE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1"),
    *("2002:7f00:1::", "2002:a00:1::1", "::127.0.0.1", ""),
]


class Names:
    """Answers for names as it is told to, and notes what was then connected to."""

    def __init__(self) -> None:
        self.answers: list[list[str]] = []
        self.asked = 0
        self.connected: list[str] = []

    def look_up(self, host: str, port: int, *_more: object, **_named: object) -> list[object]:
        """Answer a look-up, the last answer for ever."""
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answer]

    def connect(self, to: tuple[str, int], *_more: object, **_named: object) -> socket.socket:
        """Note where a connection would lead: tests have no network."""
        self.connected.append(to[0])
        raise ConnectionRefusedError


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Be who answers for names, and the network behind them."""
    made = Names()
    monkeypatch.setattr(socket, "getaddrinfo", made.look_up)
    monkeypatch.setattr(socket, "create_connection", made.connect)
    return made


def reach(kind: type[Connection]) -> None:
    kind(f"https://{HOST}/w/x", name="push").ready()


@pytest.mark.proves("S31", "ssrf_webhook-002")
def test_a_name_that_changes_its_mind_is_reached_where_it_was_first(names: Names) -> None:
    names.answers = [[PUBLIC], ["127.0.0.1"]]

    with pytest.raises(Unreached):
        reach(PublicConnection)

    assert (names.asked, names.connected) == (1, [PUBLIC])


def test_a_connection_that_knows_a_name_alone_would_be_led_anywhere(names: Names) -> None:
    """The control: what is connected to is a name, that somebody looks up a second time."""
    with pytest.raises(Unreached):
        reach(Connection)

    assert names.connected == [HOST]


@pytest.mark.proves("S31", "ssrf_webhook-002")
@pytest.mark.parametrize("address", INSIDE)
def test_what_leads_into_our_own_network_is_not_connected_to(names: Names, address: str) -> None:
    for answer in ([address], [PUBLIC, address], [address, SECOND]):
        names.answers = [answer]
        with pytest.raises(Unreached):
            reach(PublicConnection)

    assert names.connected == []


def test_each_public_address_of_a_name_is_tried(names: Names) -> None:
    names.answers = [[PUBLIC, SECOND, PUBLIC]]

    with pytest.raises(Unreached):
        reach(PublicConnection)

    assert names.connected == [PUBLIC, SECOND]


@pytest.mark.proves("S31", "ssrf_webhook-002")
def test_a_browser_that_names_such_a_host_is_told_in_no_network_of_ours(
    app: Flask, monkeypatch: pytest.MonkeyPatch, names: Names
) -> None:
    names.answers = [["10.0.0.7"]]
    named(app, monkeypatch, "*.notify.windows.com")
    call = channel.Call(device_uid="d", endpoint=f"https://{HOST}/w/x", body=b"x")
    line = channel.Line(app.config["SETTINGS"])

    reply = line.send(channel.Letter(calls=[call], life_s=60, is_urgent=False), "k1")

    assert (reply.result, names.connected) == (Result.UNREACHED, [])


@pytest.mark.proves("S31")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_led_on_from_there(status: int) -> None:
    assert rules.reply(status, "").result not in (Result.ACCEPTED, Result.AMBIGUOUS)


@pytest.mark.proves("S31")
def test_ten_seconds_and_64_kilobytes_are_the_most() -> None:
    assert reaching.CONNECT_S + channel.PATIENCE_S <= 10
    assert PublicConnection.longest_answer == 64 * 1024
