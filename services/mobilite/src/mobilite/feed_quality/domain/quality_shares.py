"""The shares of a day, from its sums."""

from dataclasses import dataclass

from mobilite.feed_quality.domain.quality_day import QualityDay


@dataclass(frozen=True, slots=True)
class QualityShares:
    """Each share is from 0 to 1; None if there is nothing that it is a share of."""

    fresh_60s: float | None
    """Of the measured time, that in which data was fresh."""
    fresh_300s: float | None
    """The same, recent."""
    errors: float | None
    """Of the polls, those that failed."""
    matched: float | None
    """Trip updates about a known run, on average."""
    unmatched: float | None
    """Trip updates about none, on average."""
    matched_share: float | None
    under_way: float | None
    """Runs under way by the timetable, on average."""
    trips_with_real_time: float | None
    """Of these, those with real time."""
    vehicles: float | None
    """On average."""
    vehicles_with_trip: float | None
    """Of these, those whose run is known."""
    days_left: int | None
    remarks: int
    remark_rows: int


def shares_of(day: QualityDay) -> QualityShares:
    """The shares of a day."""
    return QualityShares(
        fresh_60s=_share(day.fresh_s, day.real_time_s),
        fresh_300s=_share(day.recent_s, day.real_time_s),
        errors=_share(day.failed_polls, day.polls),
        matched=_share(day.matched, day.counted),
        unmatched=_share(day.unmatched, day.counted),
        matched_share=_share(day.matched, day.matched + day.unmatched),
        under_way=_share(day.under_way, day.counted),
        trips_with_real_time=_share(day.with_real_time, day.under_way),
        vehicles=_share(day.vehicles, day.counted),
        vehicles_with_trip=_share(day.vehicles_with_trip, day.vehicles),
        days_left=day.days_left,
        remarks=day.remarks,
        remark_rows=day.remark_rows,
    )


def _share(part: float, of: float) -> float | None:
    return part / of if of else None
