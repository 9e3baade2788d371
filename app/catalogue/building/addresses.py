"""Where the editor shows each part of a service, and where it leads after a change."""

from flask import url_for

from app.catalogue.drafting import places
from app.catalogue.drafting.places import Draft, Part, Place

TABS: dict[Part, str] = {
    Part.PAPER: "service_build.papers",
    Part.REASON: "service_build.papers",
    Part.FEE: "service_build.charges",
    Part.ADD_ON: "service_build.charges",
    Part.WAIVER: "service_build.charges",
    Part.EXCLUSION: "service_build.offer",
    Part.NOTICE: "service_build.offer",
    Part.STEP: "service_build.path",
}
_ON_THE_LIST = frozenset({Part.PAGE, Part.FIELD})


def tab_of(part: Part) -> str:
    """Return the endpoint of the tab to which a part belongs."""
    return TABS.get(part, "service_build.form")


def edit(code: str, place: Place) -> str:
    """Return the address at which a part is edited."""
    part = places.part_of(place)
    return url_for("service_parts.edit", code=code, part=part, numbers=places.numbers_of(place))


def home(code: str, place: Place) -> str:
    """Return the address of the list in which a part stands, at the part."""
    part = places.part_of(place)
    if part is not None and part not in _ON_THE_LIST and len(place) > 2:
        return edit(code, place[:-2]) + f"#{anchor(place)}"
    return url_for(tab_of(part or Part.PAGE), code=code, _anchor=anchor(place))


def anchor(place: Place) -> str:
    """Return the id of a part on the page that lists it."""
    return "at-" + places.as_text(place).replace(".", "-")


def act(name: str, place: Place) -> str:
    """Return what a button sends to do something with a part: "up field 0.3"."""
    return f"{name} {places.part_of(place)} {places.numbers_of(place)}"


def next_place(draft: Draft, place: Place, by: int) -> Place:
    """Return where a part stands after it was moved."""
    last = len(places.at(draft, place[:-1])) - 1
    return (*place[:-1], min(last, max(0, int(place[-1]) + by)))
