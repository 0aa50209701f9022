"""Where the alerts of the region are: the stops that they name."""

import math
from dataclasses import dataclass

from mobilite.alerts.flows.list_alerts import AlertFilter, ListedAlert, list_alerts
from mobilite.alerts.ports import AlertsState


@dataclass(frozen=True, slots=True)
class AlertPlace:
    """A stop that an alert names."""

    listed: ListedAlert
    stop: int
    """Its row."""
    lat: float
    lon: float


def map_alerts(
    state: AlertsState, filters: AlertFilter, *, now: int, limit: int
) -> list[AlertPlace]:
    """The places of the most severe alerts that pass the filter, at most `limit`. An alert of a
    route or of a network has none. Raises Refusal as `list_alerts`."""
    found: list[AlertPlace] = []
    for listed in list_alerts(state, filters, now=now, limit=limit).alerts:
        schedule = listed.index.schedule
        if schedule is None:
            continue
        timetable = schedule.timetable
        ids = dict.fromkeys(each.stop_id for each in listed.alert.selectors if each.stop_id)
        for stop in map(timetable.stop_ids.index_of, ids):
            if stop is None:
                continue
            lat, lon = float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop])
            if not math.isnan(lat) and not math.isnan(lon):
                found.append(AlertPlace(listed, stop, lat, lon))
                if len(found) >= limit:
                    return found
    return found
