"""A pilot's protocol: what is compared, for whom, how it is measured, until when.

Versions are drafts until they are frozen; a later change is a new version with its reason. The
participant is the unit: an outcome is measured over a fixed window from the first exposure and
enters the estimates once, when the window is over.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

FEWEST_ARMS: Final = 2
MOST_ARMS: Final = 8
TOTAL_WEIGHT: Final = 10_000

IndicatorType = Literal["proportion", "mean", "retention", "score"]
Direction = Literal["up", "down"]
IndicatorRole = Literal["primary", "secondary", "guardrail"]


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the ways people are served."""

    name: str
    label: str
    """In French."""
    weight: int
    """Its share of people, per 10,000."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing that is measured."""

    id: str
    label: str
    kind: IndicatorType
    source: str
    """`use:<fact>`, `return:<fact>`, or `survey:<survey>:<sus | nps | question>`."""
    direction: Direction
    """Which way is better."""
    role: IndicatorRole
    baseline: float | None = None
    """The value without the pilot, where known."""
    target: float | None = None
    """The value hoped for."""
    bound: float | None = None
    """Of a guardrail: the worst acceptable difference to the control arm."""
    window_days: int = 28
    """From a participant's first exposure."""
    before_days: int = 0
    """Of the same fact before enrolment, where the consent covers it (CUPED); 0: none."""

    @property
    def binary(self) -> bool:
        """Whether an outcome is yes or no, so that the arm's value is a share."""
        return self.kind in ("proportion", "retention")


@dataclass(frozen=True, slots=True)
class EligibilityRules:
    """The part of the eligibility that is checked by the service."""

    minimum_age: int | None = None
    account_required: bool = False
    declarations: tuple[str, ...] = ()
    """Sentences a person must agree to: « J'habite la région »."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """One version."""

    version: int
    arms: tuple[Arm, ...]
    """Their order never changes."""
    control: str
    routes: tuple[str, ...]
    """Patterns of `COVERABLE`."""
    eligibility: str
    planned_per_arm: int
    """People."""
    indicators: tuple[Indicator, ...]
    stopping_rule: str
    starts_at: datetime
    ends_at: datetime
    rules: EligibilityRules = field(default_factory=EligibilityRules)

    @property
    def primary(self) -> Indicator:
        """The indicator the pilot is judged by. Raises StopIteration where there is none."""
        return next(each for each in self.indicators if each.role == "primary")
