"""How often a time may be kept: by account, by person and by network, apart from all other limits.

Keeping times and letting them go costs nobody anything, and each one is a seat that others cannot
have for some minutes.
"""

from datetime import timedelta

from app.accounts import throttle
from app.accounts.throttle import Limit
from app.core.actor import Actor

BY_PERSON = Limit(name="hold:person", most=20, window=timedelta(hours=1))
BY_ACCOUNT = Limit(name="hold:account", most=60, window=timedelta(hours=1))
BY_NETWORK = Limit(name="hold:network", most=600, window=timedelta(hours=1))
"""A hostel or a phone company stands behind one address, so it is many times what one may."""


def count_hold(fingerprint: str, actor: Actor, *, network: str | None) -> None:
    """Count a time that is being kept, at the end of its own transaction; raise TooMany.

    `network` is the address that it comes from. At the end, because those who share an address
    wait for one another from here on.
    """
    tries = [(BY_PERSON, fingerprint), (BY_ACCOUNT, f"{actor.kind.value}:{actor.id}")]
    throttle.count_all([*tries, (BY_NETWORK, throttle.network_of(network))])
