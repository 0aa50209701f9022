"""Rental vehicles and their stations as GBFS tells them: words, freshness, what can be rented.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md ; what older versions say is folded into the
words of 3.0 at the door (`adapters/gbfs*.py`).
"""

from typing import Final, Literal, get_args

FormFactor = Literal[
    "bicycle",
    "cargo_bicycle",
    "car",
    "moped",
    "scooter",
    "scooter_standing",
    "scooter_seated",
    "other",
]
"""`scooter` is what 2.1 and 2.2 said before standing and seated ones had words of their own."""
Propulsion = Literal[
    "human",
    "electric_assist",
    "electric",
    "combustion",
    "combustion_diesel",
    "hybrid",
    "plug_in_hybrid",
    "hydrogen_fuel_cell",
]
FORM_FACTORS: Final[tuple[FormFactor, ...]] = get_args(FormFactor)
PROPULSIONS: Final[tuple[Propulsion, ...]] = get_args(Propulsion)

STALE_SECONDS: Final = 300
""""In no case should it be more than 5 minutes out-of-date": section Data Latency."""
LONGEST_STATUS: Final = 300.0
"""Seconds between two reads of what changes all the time, whatever its `ttl` says."""
LONGEST_REST: Final = 3600.0
"""The same for what hardly changes: names, places, prices."""
_REST_ROUNDS: Final = 4.0
"""What hardly changes is asked for this many times more rarely, where its `ttl` says 0."""


def status_interval(ttl: int, poll_seconds: float) -> float:
    """Seconds until availability is read again: its `ttl`, within reason."""
    return max(poll_seconds, min(float(ttl), LONGEST_STATUS))


def rest_interval(ttl: int, poll_seconds: float) -> float:
    """Seconds until names, places and prices are read again: their `ttl`, within reason."""
    return max(_REST_ROUNDS * poll_seconds, min(float(ttl), LONGEST_REST))


def stale_after(ttl: int) -> int:
    """Seconds after which availability is no longer worth telling as present."""
    return max(STALE_SECONDS, 3 * min(ttl, int(LONGEST_STATUS)))


def same_form(asked: FormFactor, found: FormFactor) -> bool:
    """Whether a vehicle is of the form asked for. `scooter` asks for every kick scooter, and a
    system that says no more than `scooter` may have either kind."""
    scooters = ("scooter", "scooter_standing", "scooter_seated")
    if asked in scooters and found in scooters:
        return "scooter" in (asked, found) or asked == found
    return asked == found
