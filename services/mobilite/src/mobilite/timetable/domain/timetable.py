"""One feed's schedule as flat arrays over a memory-mapped file, read-only.

Rows are addressed by index: a *stop*, a *route*, a *trip* (one row per run: a frequency-based
trip has a row for each of its runs), a *call* (one stop time). `-1` is "none" in every index
column. Texts of a row are `Strings` ("" is "none"); repeated ones (headsigns, short names,
blocks) are indexes into `texts`. Times are seconds from noon − 12 h of the service day in the
zone of the trip's service, may exceed 86,400, and never go back along a trip.
https://gtfs.org/documentation/schedule/reference/
"""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.timetable.domain.notes import Notes
from mobilite.timetable.domain.strings import Strings

I8 = NDArray[np.int8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

# location_type, the values of `stop_kind`.
STATION, ENTRANCE, NODE, BOARDING_AREA = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """The packed schedule of one feed version. Every `x_first` is a CSR index of n + 1 entries."""

    feed_id: FeedId
    first_day: int
    """Proleptic ordinal (`date.toordinal`) of the first column of `service_days`."""

    timezones: Strings
    agency_ids: Strings
    agency_names: Strings
    agency_urls: Strings
    agency_languages: Strings  # agency_lang
    agency_phones: Strings
    agency_fare_urls: Strings
    agency_emails: Strings
    agency_zone: I32  # → timezones

    stop_ids: Strings
    stop_names: Strings
    stop_codes: Strings
    stop_platform: Strings
    stop_lat: F64  # WGS 84 degrees; NaN where neither the stop nor its parent has a usable place
    stop_lon: F64
    stop_parent: I32  # → stops
    stop_kind: I8  # location_type 0–4
    stop_wheelchair: I8  # wheelchair_boarding 0–2, inherited from the station where 0
    stop_zone: I32  # stop_timezone → timezones, inherited from the station
    stop_spoken: Strings  # tts_stop_name
    stop_access: I8  # 1: reached from the street without pathways, 0: not, -1: not given
    stop_child_first: I32
    stop_children: I32  # → stops, the children of each stop in feed order

    route_ids: Strings
    route_short: Strings
    route_long: Strings
    route_color: Strings  # six hexadecimal digits, or ""
    route_text_color: Strings
    route_type: I32  # basic or extended; -1 where the feed gives none
    route_sort: I32  # route_sort_order, or -1
    route_agency: I32  # → agencies
    route_continuous_pickup: I8  # 0–3, or -1 where the feed gives none, which means 1 (none)
    route_continuous_drop_off: I8

    trip_ids: Strings
    trip_route: I32  # → routes
    trip_service: I32  # → services
    trip_headsign: I32  # → texts
    trip_short_name: I32  # → texts
    trip_block: I32  # → texts
    trip_shape: I32  # → shapes
    trip_direction: I8  # 0, 1 or -1
    trip_wheelchair: I8  # 0–2
    trip_bikes: I8  # 0–2
    trip_cars: I8  # 0–2
    trip_start: I32  # the run's start in seconds; -1 if the trip is not in frequencies.txt
    trip_exact_times: I8  # of frequencies.txt: 0 or 1; -1 if the trip is not in that file
    trip_first: I32  # CSR → calls

    call_trip: I32  # → trips
    call_stop: I32  # → stops
    call_arrival: I32
    call_departure: I32
    call_sequence: I32  # stop_sequence
    call_headsign: I32  # → texts; takes precedence over the trip's
    call_pickup: I8  # pickup_type 0–3
    call_drop_off: I8  # drop_off_type 0–3
    call_timepoint: I8  # 1 exact, 0 approximate or interpolated
    call_distance: F32  # shape_dist_traveled in the feed's unit, or NaN
    call_continuous_pickup: I8  # 0–3, -1: as the route; no entry at all if no call has one
    call_continuous_drop_off: I8  # the same
    call_pickup_booking: I32  # → texts, a booking_rule_id; no entry at all if no call has one
    call_drop_off_booking: I32  # the same

    service_ids: Strings  # a service of agencies in two time zones has a row for each zone
    service_days: Bool  # [services, days]
    service_zone: I32  # → timezones

    stop_call_first: I32
    stop_calls: I32  # → calls, by departure within each stop

    texts: Strings

    transfer_from: I32  # → stops; transfers between stops only, the others are in `notes`
    transfer_to: I32
    transfer_type: I8
    transfer_seconds: I32  # min_transfer_time, or -1

    shape_ids: Strings
    shape_first: I32  # CSR → shape points
    shape_lat: F32
    shape_lon: F32
    shape_distance: F32  # in the unit of call_distance, or NaN

    note_names: Strings  # read with `notes`
    note_first: I32
    note_pieces: Strings

    @property
    def notes(self) -> Notes:
        """Tables that are read rarely: the files of GTFS without columns here, by name and as
        published (`packing/domain/published_rows.py`), and parts of others:

        `transfers_by_trip` those of a route or trip, `stop_levels` and `fare_zones` the level_id
        and zone_id of stops, `flex_trips` and `flex_stop_times` the trips with zones or location
        groups, `locations` the zones of locations.geojson, `calendar` and `calendar_dates` the
        services that no trip uses, `incomplete_fares` the fare files that the import ignored or
        dropped rows of.
        """
        return Notes(self.note_names, self.note_first, self.note_pieces)

    @property
    def first_date(self) -> date:
        """The first day of the calendar."""
        return date.fromordinal(self.first_day)

    @property
    def last_date(self) -> date:
        """The last day of the calendar."""
        return date.fromordinal(self.first_day + self.service_days.shape[1] - 1)

    def zone(self, timezone: int) -> ZoneInfo:
        """The zone of a row of `timezones`."""
        return ZoneInfo(self.timezones[timezone])

    def trip_zone(self, trip: int) -> ZoneInfo:
        """The zone of the trip's times: its agency's, never the stop's."""
        return self.zone(int(self.service_zone[self.trip_service[trip]]))

    def local_zone(self, stop: int) -> ZoneInfo:
        """The zone of the times displayed at the stop: its own, or the first of the feed's, which
        is that of the first agency with a known one."""
        return self.zone(max(int(self.stop_zone[stop]), 0))

    def route_name(self, route: int) -> str:
        """Its short name, else its long one."""
        return self.route_short[route] or self.route_long[route]

    def services_on(self, day: ServiceDate) -> Bool:
        """bool[services]: which services run on that date; none outside the calendar."""
        column = day.day.toordinal() - self.first_day
        if not 0 <= column < self.service_days.shape[1]:
            return np.zeros(len(self.service_ids), dtype=np.bool_)
        running: Bool = self.service_days[:, column]
        return running

    def runs_on(self, trip: int, day: ServiceDate) -> bool:
        """Whether the trip runs on that service date."""
        return bool(self.services_on(day)[self.trip_service[trip]])

    def calls_of(self, trip: int) -> slice:
        """The calls of a trip (a row, not -1), in stop_sequence order, as a slice of every `call_`
        array."""
        return slice(int(self.trip_first[trip]), int(self.trip_first[trip + 1]))

    def calls_at(self, stop: int) -> I32:
        """The calls at a stop (not at its children), by departure; a view."""
        return self.stop_calls[self.stop_call_first[stop] : self.stop_call_first[stop + 1]]

    def children_of(self, stop: int) -> I32:
        """The platforms, entrances and areas whose parent is this stop; a view."""
        return self.stop_children[self.stop_child_first[stop] : self.stop_child_first[stop + 1]]

    def text(self, index: int) -> str:
        """A text of the shared pool, "" for -1."""
        return self.texts[index] if index >= 0 else ""

    def headsign(self, call: int) -> str:
        """The headsign at this call: the call's own, or the trip's."""
        own = int(self.call_headsign[call])
        return self.text(own if own >= 0 else int(self.trip_headsign[self.call_trip[call]]))
