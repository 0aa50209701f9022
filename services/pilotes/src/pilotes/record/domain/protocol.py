"""A pilot's protocol: what is compared, for whom, measured how, until when.

It is versioned. A version is written until it is frozen; then it stays, and what must change is a
new version with its reason. The participant is the unit: a measure is taken over a fixed window
from their first exposure and enters the estimates once, when it is over.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

FEWEST_ARMS: Final = 2
MOST_ARMS: Final = 8
WHOLE: Final = 10_000

Kind = Literal["proportion", "mean", "retention", "score"]
Direction = Literal["up", "down"]
IndicatorRole = Literal["primary", "secondary", "guardrail"]


@dataclass(frozen=True, slots=True)
class Arm:
    """One way people are served. `weight`: its share of them, per 10,000; `label`: in French."""

    name: str
    label: str
    weight: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing that is measured.

    source        `use:<fact>`, `return:<fact>`, or `survey:<survey>:<sus | nps | question>`
    direction     which way is better
    baseline      what it is without the pilot, where known; `target`: what is hoped for
    bound         of a guardrail: the worst acceptable difference to the control arm
    window_days   from a participant's first exposure
    before_days   of the same fact before enrolment, where the consent covers it (CUPED); 0: none
    """

    id: str
    label: str
    kind: Kind
    source: str
    direction: Direction
    role: IndicatorRole
    baseline: float | None = None
    target: float | None = None
    bound: float | None = None
    window_days: int = 28
    before_days: int = 0

    @property
    def binary(self) -> bool:
        """Whether a participant's outcome is yes or no, so that an arm's is a share."""
        return self.kind in ("proportion", "retention")


@dataclass(frozen=True, slots=True)
class EligibilityRules:
    """What a machine checks of `eligibility`. `declarations`: sentences a person must agree to,
    « J'habite la région »."""

    minimum_age: int | None = None
    account_required: bool = False
    declarations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Protocol:
    """One version. `arms` in their order for ever; `routes`: patterns of `COVERABLE`;
    `planned_per_arm`: people; `starts_at`, `ends_at`: aware."""

    version: int
    arms: tuple[Arm, ...]
    control: str
    routes: tuple[str, ...]
    eligibility: str
    planned_per_arm: int
    indicators: tuple[Indicator, ...]
    stopping_rule: str
    starts_at: datetime
    ends_at: datetime
    rules: EligibilityRules = field(default_factory=EligibilityRules)

    @property
    def primary(self) -> Indicator:
        """The indicator the pilot is judged by. Raises StopIteration where there is none."""
        return next(each for each in self.indicators if each.role == "primary")
