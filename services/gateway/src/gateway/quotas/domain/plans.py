"""Plans: how many requests a caller may make, by class of route.

The reference is the Île-de-France platform: 5 requests a second and 1,000 a day on several of its
interfaces, more on request (https://prim.iledefrance-mobilites.fr/). A free key gives more
than the public plan; commercial use gives something back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.routes.domain.plan_names import PlanClass, PlanName


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits of one account for one class: a token bucket and a daily quota."""

    rate: float
    """Requests a second, sustained."""
    burst: int
    """Requests at once, from a full bucket."""
    daily: int | None = None
    """Requests in a UTC day; None: no quota."""

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.burst < 1 or (self.daily is not None and self.daily < 1):
            raise ValueError("limits must be positive")

    @property
    def policy(self) -> str:
        """The value of `RateLimit-Policy`: each quota with its window in seconds."""
        window = max(1, round(self.burst / self.rate))
        rate = f"{self.burst};w={window}"
        return rate if self.daily is None else f"{rate}, {self.daily};w=86400"


@dataclass(frozen=True, slots=True)
class Plan:
    """The limits of the accounts of one plan."""

    name: PlanName
    label: str
    """Its French name."""
    allowances: Mapping[PlanClass, Allowance]
    """Limits by class; a class that is absent has none."""
    streams: int | None = None
    """Streams that one account may have open; None: no limit."""


Plans = Mapping[PlanName, Plan]

_PEOPLE: Final[dict[PlanClass, Allowance]] = {
    # Many people may share one address (a school, a hospital, a mobile operator), and a page
    # requests its parts all at once.
    "page": Allowance(rate=50, burst=300),
    "asset": Allowance(rate=100, burst=600),
    "docs": Allowance(rate=10, burst=60),
    "auth": Allowance(rate=5, burst=60),
    "register": Allowance(rate=10 / 3600, burst=10, daily=50),
    "desk": Allowance(rate=5, burst=60),
    "pilot": Allowance(rate=10, burst=100),
    # Many people may give opinions from one address; none may use up a pilot's daily limit.
    "voice": Allowance(rate=60 / 3600, burst=30, daily=100),
    # A code on a poster is for many people, but one person with many devices is counted as many:
    # 20 a day from one address bound their part of a disclosed group (docs/decisions/0034).
    "enrolment": Allowance(rate=20 / 3600, burst=10, daily=20),
    # Each subscription is stored and followed for hours. Many travellers share an address of a
    # mobile operator.
    "push": Allowance(rate=300 / 3600, burst=60, daily=2_000),
}
SAME_IN_ALL_PLANS: Final = frozenset(_PEOPLE)
"""Classes with the same limits in every plan."""
BY_ADDRESS: Final[frozenset[PlanClass]] = frozenset({"enrolment"})
"""Classes that are counted by address, whatever the key or the account: both are free."""

PLANS: Final[Plans] = {
    "public": Plan(
        "public",
        "public",
        {
            **_PEOPLE,
            # A page that polls a board every 15 s makes 5,760 requests a day. Three of them, as
            # in a household, must fit.
            "board": Allowance(5, 50, 20_000),
            "search": Allowance(5, 50, 1_000),
            "list": Allowance(5, 50, 1_000),
            # Three real-time feeds polled every 15 s make 17,280 requests a day.
            "bulk": Allowance(2, 20, 20_000),
            "stream": Allowance(2, 60),
            "record": Allowance(5, 50),
        },
        streams=60,
    ),
    "registered": Plan(
        "registered",
        "enregistré",
        {
            **_PEOPLE,
            "board": Allowance(10, 100, 50_000),
            "search": Allowance(10, 100, 20_000),
            "list": Allowance(10, 100, 20_000),
            "bulk": Allowance(5, 50, 50_000),
            "stream": Allowance(5, 100),
            "record": Allowance(20, 200),
        },
        streams=200,
    ),
    "partner": Plan(
        "partner",
        "partenaire",
        {
            **_PEOPLE,
            "board": Allowance(50, 500, 1_000_000),
            "search": Allowance(50, 500, 500_000),
            "list": Allowance(50, 500, 500_000),
            "bulk": Allowance(20, 200, 200_000),
            "stream": Allowance(20, 400),
            # A program that reads one resource after the other, without a pause, synchronises all.
            "record": Allowance(200, 2_000),
        },
        streams=2_000,
    ),
    "commercial": Plan(
        "commercial",
        "commercial",
        {
            **_PEOPLE,
            "board": Allowance(200, 2_000, 10_000_000),
            "search": Allowance(200, 2_000, 5_000_000),
            "list": Allowance(200, 2_000, 5_000_000),
            "bulk": Allowance(50, 500, 1_000_000),
            "stream": Allowance(50, 1_000),
            "record": Allowance(200, 2_000),
        },
        streams=10_000,
    ),
    # Services of the platform make the requests of other callers.
    "house": Plan("house", "maison", {}),
}
