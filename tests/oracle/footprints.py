"""What a step can touch, as far as names tell; steps that touch nothing in common commute.

Locations are coarse on purpose: an attribute is known by its name alone (whatever the object), and all
contents of all containers are one location. Coarse locations make more steps dependent, which costs
executions but loses none.
"""

from __future__ import annotations

from collections.abc import Hashable

Location = Hashable
Footprint = frozenset[tuple[Location, bool]]  # (location, whether it is written)

EVERYTHING: Location = "everything"
NOTHING: Footprint = frozenset()
ANY: Footprint = frozenset({(EVERYTHING, True)})
ITEMS_READ: Footprint = frozenset({("items", False)})
ITEMS_WRITTEN: Footprint = frozenset({("items", True)})


def reads(*locations: Location) -> Footprint:
    """The footprint that reads these."""
    return frozenset((location, False) for location in locations)


def writes(*locations: Location) -> Footprint:
    """The footprint that writes these."""
    return frozenset((location, True) for location in locations)


def dependent(one: Footprint, other: Footprint) -> bool:
    """May the order of two steps matter? Not if both read, or they touch nothing in common."""
    return any(
        (here in (there, EVERYTHING) or there == EVERYTHING) and (written_here or written_there)
        for here, written_here in one
        for there, written_there in other
    )
