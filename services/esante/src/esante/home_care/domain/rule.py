"""A rule of home care, and what it reads. Rules are data: `rules.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

Calculation = Literal["absence", "rise", "mean", "level", "missed", "count"]
Severity = Literal["routine", "urgent"]
WINDOW: Final = timedelta(days=30)
"""Age of the oldest reading that a rule reads."""
AHEAD: Final = timedelta(minutes=5)
"""How far the clock of a device can be ahead."""
DEBOUNCE: Final = timedelta(seconds=1)
"""A patient is evaluated once nothing has changed for that long: what is written together, in one
transaction or by one device, is judged together."""
LONGEST_DEBOUNCE: Final = timedelta(seconds=3)
"""Who changes all the time is evaluated no later than this after the first change."""
LOADING_GRACE: Final = timedelta(minutes=1)
"""No absence is concluded within this time after a reading was received: a record that is loading
receives its latest readings last. A real absence is not delayed: its last reading was received
hours before."""


@dataclass(frozen=True, slots=True)
class Input:
    """What resources a rule reads, and which value of them."""

    name: str
    label: str
    """In French, as in « poids »."""
    type: str
    """FHIR resource type."""
    codes: frozenset[str] = frozenset()
    """`system|code` of Observation.code, of its component, or of its category."""
    unit: str | None = None
    """UCUM code to which values are converted; None: a score, or no value at all."""
    statuses: frozenset[str] = frozenset()
    """Values of `status`; empty: every one but those of errors."""
    questionnaire: str | None = None
    """Canonical URL of QuestionnaireResponse.questionnaire."""
    item: str | None = None
    """linkId of the item with the score."""

    @property
    def unit_text(self) -> str:
        """The unit as people write it: UCUM has brackets in mm[Hg]."""
        return (self.unit or "").replace("[", "").replace("]", "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `threshold` and `clear`: one number for each input."""

    id: str
    version: str
    title: str
    calculation: Calculation
    inputs: tuple[str, ...]
    evidence: str
    """The source of the threshold, in French."""
    severity: Severity
    quiet: timedelta
    """Between two notifications of the circle."""
    window: timedelta
    threshold: tuple[Decimal, ...]
    clear: tuple[Decimal, ...]
    """The value at which an open alert ends: beyond the threshold, so that it does not flicker."""
    below: bool = False
    """Of `level`: whether low values are worrying."""
    at_least: int = 1
    """Fewest readings."""
    over: timedelta = timedelta(0)
    """Of `mean`: shortest time from the first reading to the last."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules, and the inputs that they name."""

    version: str
    inputs: Mapping[str, Input]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one resource says to one input."""

    type: str
    id: str
    input: str
    patient: str
    at: datetime
    value: Decimal | None = None
    refused: str | None = None
    """Why it is set aside, in French; None: it is usable."""
    received: datetime | None = None
    """When it was read from its resource; None: long ago."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of a patient."""

    state: Literal["raised", "normal", "unknown"]
    message: str = ""
    """In French: the figures, the threshold, since when. Of `unknown`: why it cannot be said."""
    since: datetime | None = None
    review: datetime | None = None
    """When time alone can change it; None: only a new reading can."""
