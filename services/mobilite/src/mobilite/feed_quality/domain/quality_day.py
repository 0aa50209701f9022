"""The quality of a feed over a day, as sums: shares follow from them, and sums can be added."""

from dataclasses import dataclass, replace
from typing import Final

FRESH: Final = 60
"""Seconds of age up to which real time is fresh."""
RECENT: Final = 300
"""Seconds of age up to which it is displayed (`STALE_SECONDS`)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a feed has at one instant."""

    matched: int = 0
    """Trip updates about a known run."""
    unmatched: int = 0
    """Trip updates about none."""
    under_way: int = 0
    """Runs under way by the timetable."""
    with_real_time: int = 0
    """Those of them with recent real time."""
    vehicles: int = 0
    """Vehicles with a recent position."""
    vehicles_with_trip: int = 0
    """Those of them whose run is known."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A feed at one instant, which stands for the seconds since the one before."""

    seconds: float
    has_real_time: bool
    """Whether it has an address of trip updates or vehicles."""
    age: float | None
    """Seconds, of its newest trip updates or vehicles; None if it never had any."""
    counts: Counts | None
    """None if they were not counted this time."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The timetable of a feed at one instant."""

    days_left: int | None = None
    """Days until the last one of its calendar; negative once it is over. None without a
    timetable."""
    remarks: int = 0
    """Types of findings of the last import."""
    remark_rows: int = 0
    """Rows of GTFS that they concern."""


@dataclass(frozen=True, slots=True)
class QualityDay:
    """The sums of a feed on a date."""

    measured_s: float = 0.0
    """Seconds in which the feed was measured."""
    measurements: int = 0
    real_time_s: float = 0.0
    """Measured seconds in which it had an address of trip updates or vehicles."""
    fresh_s: float = 0.0
    """Measured seconds in which the newest data was not older than FRESH."""
    recent_s: float = 0.0
    """The same for RECENT."""
    polls: int = 0
    failed_polls: int = 0
    counted: int = 0
    """Measurements with counts; the sums below are over these."""
    matched: int = 0
    unmatched: int = 0
    under_way: int = 0
    with_real_time: int = 0
    vehicles: int = 0
    vehicles_with_trip: int = 0
    days_left: int | None = None
    """As last seen on the date; so are the remarks."""
    remarks: int = 0
    remark_rows: int = 0

    def with_measurement(self, measurement: Measurement) -> "QualityDay":
        """The sums with one more measurement."""
        seconds, age = measurement.seconds, measurement.age
        day = replace(
            self,
            measured_s=self.measured_s + seconds,
            measurements=self.measurements + 1,
            real_time_s=self.real_time_s + seconds * measurement.has_real_time,
            fresh_s=self.fresh_s + seconds * (age is not None and age <= FRESH),
            recent_s=self.recent_s + seconds * (age is not None and age <= RECENT),
        )
        counts = measurement.counts
        if counts is None:
            return day
        return replace(
            day,
            counted=self.counted + 1,
            matched=self.matched + counts.matched,
            unmatched=self.unmatched + counts.unmatched,
            under_way=self.under_way + counts.under_way,
            with_real_time=self.with_real_time + counts.with_real_time,
            vehicles=self.vehicles + counts.vehicles,
            vehicles_with_trip=self.vehicles_with_trip + counts.vehicles_with_trip,
        )

    def with_poll(self, *, failed: bool) -> "QualityDay":
        """The sums with one more poll of an address."""
        return replace(self, polls=self.polls + 1, failed_polls=self.failed_polls + failed)

    def with_schedule(self, schedule: Schedule) -> "QualityDay":
        """The day with its timetable as it is now."""
        return replace(
            self,
            days_left=schedule.days_left,
            remarks=schedule.remarks,
            remark_rows=schedule.remark_rows,
        )
