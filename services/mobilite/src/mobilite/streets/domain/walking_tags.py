"""Which ways of OpenStreetMap are walked, by their tags.

A way is walked where its `highway` is for everybody on foot and no tag restricts that, or where a
tag permits it. A tag `foot` counts more than `access`. Restrictions that this module does not know
leave a way out: a shorter list of ways is a detour, a wrong one is a wall.
https://wiki.openstreetmap.org/wiki/Key:highway
https://wiki.openstreetmap.org/wiki/Key:access
"""

from collections.abc import Mapping
from typing import Final

WALKED: Final = frozenset(
    {
        "corridor", "footway", "living_street", "path", "pedestrian", "platform", "primary",
        "primary_link", "residential", "road", "secondary", "secondary_link", "service", "steps",
        "tertiary", "tertiary_link", "track", "unclassified",
    }
)  # fmt: skip
"""Values of `highway` that are walked where no tag restricts it."""
PERMITTED_ONLY: Final = frozenset({"bridleway", "busway", "cycleway", "trunk", "trunk_link"})
"""Values of `highway` that are walked where a tag permits it."""
_PERMITTED: Final = frozenset({"yes", "designated", "permissive", "destination", "customers"})
_PUBLIC: Final = _PERMITTED | {"unknown", "public", "permit"}
"""Values of `access` that do not exclude people on foot."""
_SIDEWALKS: Final = frozenset({"both", "left", "right", "yes"})
_PLATFORMS: Final = frozenset({"railway", "public_transport"})
"""Keys that make a platform of a way without `highway`."""

UNKNOWN, ACCESSIBLE, INACCESSIBLE = 0, 1, 2
"""Values of a way for wheelchairs, as in GTFS."""


def is_walked(tags: Mapping[str, str]) -> bool:
    """Whether people walk along a way with these tags, in both directions."""
    highway = tags.get("highway") or _platform(tags)
    if highway not in WALKED and highway not in PERMITTED_ONLY:
        return False
    if _is_one_way(tags) or tags.get("motorroad") == "yes":
        return False
    foot = tags.get("foot")
    if foot is not None:
        return foot in _PERMITTED
    if tags.get("access", "yes") not in _PUBLIC:
        return False
    return highway in WALKED or _has_sidewalk(tags)


def is_barred(tags: Mapping[str, str]) -> bool:
    """Whether a node with these tags, such as a private gate, stops people on foot."""
    return tags.get("foot", tags.get("access", "yes")) not in _PUBLIC


def wheelchair_of(tags: Mapping[str, str]) -> int:
    """UNKNOWN, ACCESSIBLE or INACCESSIBLE for a way with these tags; steps are INACCESSIBLE.
    https://wiki.openstreetmap.org/wiki/Key:wheelchair"""
    wheelchair = tags.get("wheelchair")
    if tags.get("highway") == "steps" or wheelchair == "no":
        return INACCESSIBLE
    return ACCESSIBLE if wheelchair in ("yes", "designated") else UNKNOWN


def _platform(tags: Mapping[str, str]) -> str | None:
    return "platform" if any(tags.get(key) == "platform" for key in _PLATFORMS) else None


def _is_one_way(tags: Mapping[str, str]) -> bool:
    """Whether it is walked in one direction only, as an escalator is. `oneway` is for vehicles."""
    return (
        tags.get("conveying") in ("forward", "backward")
        or tags.get("oneway:foot") in ("yes", "-1")
        or "foot:backward" in tags
        or "foot:forward" in tags
    )


def _has_sidewalk(tags: Mapping[str, str]) -> bool:
    if any(tags.get(f"sidewalk:{side}") == "yes" for side in ("both", "left", "right")):
        return True
    return tags.get("sidewalk") in _SIDEWALKS
