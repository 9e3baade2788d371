"""Values with which a text is shown and tried: made up, of the kinds that an event has."""

from datetime import UTC, datetime, time, timedelta

from app.catalogue import queries as catalogue
from app.core import clock
from app.notifications.events import Event

REFERENCE = "JM-7K4P-92QX-H"
AHEAD = timedelta(days=14)
AT = time(7, 20)


def payload(event: Event, post_id: int) -> dict[str, str]:
    """Return a payload with everything that an event needs, two weeks ahead of today."""
    post = catalogue.get_post(post_id)
    day = clock.today(post.zone) + AHEAD
    at = datetime.combine(day, AT, tzinfo=UTC)
    sites = catalogue.list_sites(post_id)
    known = {
        "reference": REFERENCE,
        "path": "/requests",
        "until_on": day.isoformat(),
        "on": day.isoformat(),
        "until_at": (at + timedelta(hours=8)).isoformat(),
        "starts_at": at.isoformat(),
        "was_at": (at - timedelta(days=2)).isoformat(),
        "zone": post.zone,
        "minutes": "20",
        "uid": "example",
        "sequence": "0",
        "draw": "example",
        "why": "closure",
    }
    found = {name: known[name] for name in event.needs}
    return {**found, "site_id": str(sites[0].id)} if sites else found
