"""One packed version of a feed's schedule, as stored and announced."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from mobilite.packing.domain.report import ReportLine
from mobilite.timetable.domain.timetable import Timetable


@dataclass(frozen=True, slots=True)
class FeedVersion:
    """One packed version of a feed's schedule."""

    sha256: str
    """Of the packed file, which is named by it."""
    bytes: int
    """The size of the packed file."""
    label: str
    """feed_info's feed_version; "" if there is none."""
    valid_from: date
    """The first day with a service."""
    valid_to: date
    """The last day with a service."""
    timezones: tuple[str, ...]
    """Names of the tz database."""
    counts: dict[str, int]
    """The number of agencies, stops, routes… by name."""
    report: tuple[ReportLine, ...]
    """The dropped and repaired rows."""


def describe_version(
    timetable: Timetable, report: tuple[ReportLine, ...], *, sha256: str, size: int
) -> FeedVersion:
    """The version of a timetable that was packed into the file `sha256` of `size` bytes."""
    days = np.flatnonzero(timetable.service_days.any(axis=0))
    info = next(timetable.notes.rows("feed_info"), {})
    return FeedVersion(
        sha256=sha256,
        bytes=size,
        label=str(info.get("feed_version", "")),
        valid_from=date.fromordinal(timetable.first_day + int(days[0])),
        valid_to=date.fromordinal(timetable.first_day + int(days[-1])),
        timezones=tuple(timetable.timezones),
        counts={
            "agencies": len(timetable.agency_ids),
            "stops": len(timetable.stop_ids),
            "routes": len(timetable.route_ids),
            "services": len(timetable.service_ids),
            "trips": len(timetable.trip_ids),
            "stop_times": len(timetable.call_stop),
            "transfers": len(timetable.transfer_from),
            "shapes": len(timetable.shape_ids),
            **_on_demand(timetable),
        },
        report=report,
    )


def _on_demand(timetable: Timetable) -> dict[str, int]:
    """The number of demand-responsive trips, if there are any."""
    trips = sum(1 for _ in timetable.notes.rows("flex_trips"))
    return {"flex_trips": trips} if trips else {}
