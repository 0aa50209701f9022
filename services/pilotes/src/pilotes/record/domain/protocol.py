"""A pilot's protocol: arms, eligibility, indicators, dates.

A version is a draft until it is frozen; a later change is a new version with its reason. The unit
is the participant: an outcome is measured over a fixed window from the first exposure and enters
the estimates once, when the window is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from pilotes.record.domain.draws.designs import Design
from pilotes.statistics.domain.survival import GAP_DAYS

FEWEST_ARMS: Final = 2
MOST_ARMS: Final = 8
TOTAL_WEIGHT: Final = 10_000
"""The sum of the weights of the arms."""
MOST_TERRITORIES: Final = 20
FEWEST_LOOKS: Final = 2
MOST_LOOKS: Final = 5
MOST_REMINDERS: Final = 12
"""Of one participant, in a trial."""

_SCORE_LIMITS: Final = {"sus": (0.0, 100.0), "nps": (-100.0, 100.0)}

IndicatorType = Literal["proportion", "mean", "retention", "score", "ratio"]
"""`proportion`: the share of people with a use or a positive score, or with `at_least`. `mean`,
`score`: the mean of uses or scores. `retention`: the share of people with a return. `ratio`: the
uses of one fact over those of another, of all people together."""
Direction = Literal["up", "down"]
IndicatorRole = Literal["primary", "secondary", "guardrail"]
"""`primary`: the one by which the pilot is judged. `guardrail`: the pilot is paused if it is worse
than its bound."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the variants that participants get."""

    name: str
    """Its identifier."""
    label: str
    """Its name for people, in French."""
    weight: int
    """Its share of people, per 10,000."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One property of participants that is measured and compared between arms."""

    id: str
    label: str
    """Its name for people, in French."""
    kind: IndicatorType
    source: str
    """`use:<fact>`, `return:<fact>` (a use 24 hours or more after the first exposure), or
    `survey:<survey>:<sus | nps | question>`."""
    direction: Direction
    """The direction of an improvement."""
    role: IndicatorRole
    baseline: float | None = None
    """The expected value without the pilot, if known."""
    target: float | None = None
    """The value that the team hopes for, if any."""
    bound: float | None = None
    """The worst acceptable difference, arm minus control: negative if `direction` is up. Only of
    guardrails; None otherwise."""
    window_days: int = 28
    """The length of the window, from a participant's first exposure."""
    before_days: int = 0
    """The length of the period before enrolment over which the same fact is measured to adjust the
    outcome (CUPED), if the consent covers it; 0: none."""
    cap: float | None = None
    """The greatest outcome of one person that counts, above 0: a greater one counts as this, one
    below 0 as 0. Only of means; it is chosen before the trial, never from its data."""
    at_least: float | None = None
    """Of a proportion, the uses or the score from which a person counts, above 0. It is how a
    quantile is measured: the median is at least this if half of the people count. None: one use, or
    a positive score."""
    denominator: str | None = None
    """Of a ratio, `use:<fact>`: the uses that those of `source` are divided by. None otherwise."""
    expected_response: float = 1.0
    """The expected share of participants who have an outcome, above 0; it sizes the trial."""

    @property
    def binary(self) -> bool:
        """Whether outcomes are 0 or 1, so that the value of an arm is a share."""
        return self.kind in ("proportion", "retention")

    @property
    def observed_days(self) -> int:
        """Days from a participant's first exposure until their observation is over, late events not
        counted. The curve of a retention needs those that show who has left."""
        return self.window_days + (GAP_DAYS if self.kind == "retention" else 0)

    @property
    def limits(self) -> tuple[float, float] | None:
        """The least and the greatest outcome that a person can have; None: no limit is known."""
        if self.binary:
            return 0.0, 1.0
        source, _, named = self.source.partition(":")
        score = named.partition(":")[2] if source == "survey" else ""
        if score in _SCORE_LIMITS:
            return _SCORE_LIMITS[score]
        return None if self.cap is None else (0.0, self.cap)


@dataclass(frozen=True, slots=True)
class EligibilityRules:
    """The part of the eligibility that the service checks at enrolment."""

    minimum_age: int | None = None
    account_required: bool = False
    declarations: tuple[str, ...] = ()
    """Sentences that a person has to confirm, as « J'habite la région »."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """One version of a protocol."""

    version: int
    arms: tuple[Arm, ...]
    """Their order never changes once the trial has started."""
    control: str
    """The name of the arm that is served as without the pilot."""
    routes: tuple[str, ...]
    """The routes where arms differ: patterns of `COVERABLE`."""
    eligibility: str
    """Who can take part, for people, in French."""
    planned_per_arm: int
    """Planned participants of each arm, on average: an arm with more weight gets more."""
    indicators: tuple[Indicator, ...]
    stopping_rule: str
    """When the trial is stopped before its end, in French."""
    starts_at: datetime
    ends_at: datetime
    rules: EligibilityRules = field(default_factory=EligibilityRules)
    cluster_size: float = 1.0
    """People of one family, team or class who take part together, on average; 1: each alone."""
    cluster_correlation: float = 0.05
    """How alike the outcomes of such people, or of those of one place, are expected to be, from 0
    to 1."""
    looks: tuple[float, ...] = ()
    """The shares of the planned people at which results are read, the last one 1; empty: results
    can be read every day. Guardrails are watched at any time."""
    design: Design = field(default_factory=Design)
    """What is drawn: people, or places."""
    territories: tuple[str, ...] = ()
    """Where the trial takes place, for people, in French: towns, lines. Empty: not stated."""
    reminders_at_most: int = 0
    """Reminders by e-mail that a participant who chooses them gets in the trial, at most; 0: the
    trial sends none."""

    @property
    def design_effect(self) -> float:
        """By how much clusters multiply the variance of a difference (L. Kish, 1965). Those of
        uneven places count as if they had more people."""
        size = self.cluster_size
        if self.design.by_place:
            size = self.people_by_place * (1 + self.design.size_variation**2)
        return 1 + max(0.0, size - 1) * self.cluster_correlation

    @property
    def people_by_place(self) -> float:
        """Planned participants of a place, on average; 1 if people are drawn."""
        if not self.design.places:
            return 1.0
        return sum(self.planned_people.values()) / len(self.design.places)

    @property
    def weights(self) -> Mapping[str, int]:
        """By arm, its weight, in the order of the arms."""
        return {arm.name: arm.weight for arm in self.arms}

    @property
    def longest_days(self) -> int:
        """Days from the first exposure until the observation of a participant is over."""
        return max((each.observed_days for each in self.indicators), default=0)

    @property
    def treated_arm(self) -> str:
        """The first arm that is not control. Raises StopIteration if there is none."""
        return next(arm.name for arm in self.arms if arm.name != self.control)

    @property
    def planned_people(self) -> Mapping[str, float]:
        """By arm, the participants that its weight gives it of all who are planned."""
        total = self.planned_per_arm * sum(arm.weight > 0 for arm in self.arms)
        return {arm.name: total * arm.weight / TOTAL_WEIGHT for arm in self.arms}

    @property
    def planned_total(self) -> float:
        """The planned participants of all arms."""
        return float(sum(self.planned_people.values()))

    def planned_pair(self, arm: str) -> float:
        """The planned participants of an arm and of control together, 1 at least."""
        planned = self.planned_people
        return max(1.0, planned.get(arm, 0.0) + planned.get(self.control, 0.0))

    def planned_answers(self, indicator: Indicator, people: float) -> float:
        """Those of planned participants who are expected to have an outcome, 1 at least: intervals
        are narrowest at that number. The response is that of this protocol, unless an amendment
        added the indicator."""
        here = (each for each in self.indicators if each.id == indicator.id)
        return max(1.0, people * next(here, indicator).expected_response)

    @property
    def primary(self) -> Indicator:
        """The indicator by which the pilot is judged. Raises StopIteration if there is none."""
        return next(each for each in self.indicators if each.role == "primary")
