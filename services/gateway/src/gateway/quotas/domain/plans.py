"""Plans: how much a caller may ask for, by kind of address ("réciprocité").

The reference is the Île-de-France platform: 5 requests a second and 1,000 a day on several of its
interfaces, more on request (https://prim.iledefrance-mobilites.fr/). Whoever wants more than the
public plan gives takes a key, free; whoever lives on it gives something back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.routes.domain.plan_names import PlanClass, PlanName


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one account may ask of one class. `rate`: a second, in the long run; `burst`: at once,
    after a calm; `daily`: a UTC day, None without a quota."""

    rate: float
    burst: int
    daily: int | None = None

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.burst < 1 or (self.daily is not None and self.daily < 1):
            raise ValueError("an allowance gives something")

    @property
    def policy(self) -> str:
        """`RateLimit-Policy`: each quota with its window in seconds."""
        window = max(1, round(self.burst / self.rate))
        rate = f"{self.burst};w={window}"
        return rate if self.daily is None else f"{rate}, {self.daily};w=86400"


@dataclass(frozen=True, slots=True)
class Plan:
    """`label`: its French name. `allowances`: a class that is not among them is without a limit.
    `streams`: open at once by one account, None without a limit."""

    name: PlanName
    label: str
    allowances: Mapping[PlanClass, Allowance]
    streams: int | None = None


Plans = Mapping[PlanName, Plan]


_PEOPLE: Final[dict[PlanClass, Allowance]] = {
    # Many people may stand behind one address (a school, a hospital, a mobile operator), and a page
    # asks for its parts all at once.
    "page": Allowance(rate=50, burst=300),
    "asset": Allowance(rate=100, burst=600),
    "docs": Allowance(rate=10, burst=60),
    "auth": Allowance(rate=5, burst=60),
    "register": Allowance(rate=10 / 3600, burst=10, daily=50),
    "desk": Allowance(rate=5, burst=60),
    "pilot": Allowance(rate=10, burst=100),
    # A class or a ward behind one address says what it thinks; no address fills a pilot's day.
    "voice": Allowance(rate=60 / 3600, burst=30, daily=100),
}
ALIKE: Final = frozenset(_PEOPLE)
"""Classes that no plan gives more of."""

PLANS: Final[Plans] = {
    "public": Plan(
        "public",
        "public",
        {
            **_PEOPLE,
            "board": Allowance(5, 50, 5_000),
            "search": Allowance(5, 50, 1_000),
            "list": Allowance(5, 50, 1_000),
            # Three real-time feeds asked for every 15 s make 17,280 a day.
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
            "record": Allowance(50, 500),
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
            "record": Allowance(50, 500),
        },
        streams=10_000,
    ),
    # Services of ours ask for what others asked them for.
    "house": Plan("house", "maison", {}),
}
