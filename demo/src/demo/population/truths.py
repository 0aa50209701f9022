"""What is planted in the records: who should raise which alarm. All others are well.

Alarms are named as the rules of home care that should raise them.
"""

from dataclasses import dataclass
from typing import Final, Literal

Alarm = Literal[
    "weight-rise",
    "blood-pressure",
    "no-activity",
    "visit-missed",
    "treatment-not-taken",
    "carer-overloaded",
    "isolated",
]

ALARMS: Final[tuple[Alarm, ...]] = (
    "weight-rise",
    "blood-pressure",
    "no-activity",
    "visit-missed",
    "treatment-not-taken",
    "carer-overloaded",
    "isolated",
)
"""`weight-rise`: 3 kg or more within 3 days. `blood-pressure`: a mean of 146/88 over 7 days, of
14 measures. `no-activity`: no step for 3 days in a connected home. `visit-missed`: a nurse's
appointment and task of the day before are still open. `treatment-not-taken`: not taken for 3 days.
`carer-overloaded`: Zarit above 60 of 88. `isolated`: LSNS-6 has fallen to 9 or less of 30."""
_PLANTED_EVERY: Final = 10
_PLANTED: Final = (2, 5, 8)
"""Of every 10 patients, those with an alarm."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The alarm of one patient."""

    patient: str
    alarms: tuple[Alarm, ...]
    """Empty: the patient is well, and no rule should raise anything."""

    def as_json(self) -> dict[str, object]:
        """`{"patient": id, "alarms": […]}`."""
        return {"patient": self.patient, "alarms": list(self.alarms)}


def planted_alarm(number: int) -> Alarm | None:
    """The alarm of a patient of the population. `number`: from 0."""
    if number % _PLANTED_EVERY not in _PLANTED:
        return None
    rank = number // _PLANTED_EVERY * len(_PLANTED) + _PLANTED.index(number % _PLANTED_EVERY)
    return ALARMS[rank % len(ALARMS)]
