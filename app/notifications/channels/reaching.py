"""Connections to hosts that somebody else named: one look-up, only public addresses, over TLS.

Whoever answers for a name may lead it anywhere, such as to a machine of our own network, and lead
it elsewhere a moment later (reliability S31). So a name is looked up once, refused when any of its
addresses is not of the public internet, and what was looked at is what is connected to.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from ipaddress import IPv4Address, IPv6Address

from app.notifications.channels.calling import Connection

CONNECT_S = 3.0
"""For all addresses of a name together."""
LONGEST_ANSWER = 64 * 1024
_UNICAST = ipaddress.ip_network("2000::/3")
"""What is given out to hosts of the public internet (RFC 4291, 2.4)."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotPublic(OSError):
    """A name leads to an address that is not of the public internet."""


class PublicConnection(Connection):
    """A connection to a public host, over TLS at the port of its address."""

    longest_answer = LONGEST_ANSWER

    def _open(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port or 443
        return _Pinned(host, port, timeout=CONNECT_S)


class _Pinned(http.client.HTTPSConnection):
    def connect(self) -> None:
        """Connect to one of the addresses that were looked up; its certificate names the host."""
        line = _line_to(addresses_of(self.host, self.port), self.port)
        line.settimeout(CONNECT_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(line, server_hostname=self.host)


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a name, from one look-up; raise NotPublic when any is not public."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not addresses or not all(is_public(one) for one in addresses):
        raise NotPublic(host)
    return addresses


def is_public(address: str) -> bool:
    """Return whether an address is one of the public internet, whatever it is wrapped in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return all(map(_is_given_out, _layers(parsed)))


def _is_given_out(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast


def _layers(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """Return an address and the older ones that it stands for (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, IPv4Address):
        return [address]
    if address in _NAT64:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inner = [address.sixtofour, *(address.teredo or ())]
    return [address, *(one for one in inner if one is not None)]


def _line_to(addresses: list[str], port: int) -> socket.socket:
    until, refused = time.monotonic() + CONNECT_S, OSError("no address")
    for address in addresses:
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError as error:
            refused = error
    raise refused
