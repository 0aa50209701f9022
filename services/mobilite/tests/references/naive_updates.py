"""TripUpdates read and applied the slow and obvious way (see `naive_board`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.transit import gtfs_realtime_pb2 as gtfs_rt

HOUR = 3600
Reported = tuple[str, int | None]
"""The state of a call on a board, and its predicted departure."""


@dataclass
class NaiveUpdate:
    """One TripUpdate of a message received at `seen_at` (or measured then)."""

    update: Any
    seen_at: int

    @staticmethod
    def all_of(message: Any, received: int) -> "list[NaiveUpdate]":
        """The updates of a message; of two with one descriptor, the one measured last."""
        content: dict[tuple[str, str | None, int | None], NaiveUpdate] = {}
        for entity in message.entity:
            if not entity.HasField("trip_update"):
                continue
            update = entity.trip_update
            one = NaiveUpdate(update, update.timestamp or received)
            own = update.trip_properties
            key = (one.trip_id, one.start_date, one.start_time)
            if one.modifications_id:
                key = (f"{one.modifications_id}/{one.trip_id}", one.start_date, one.start_time)
            if one.relationship == "DUPLICATED" and own.trip_id:
                key = own.trip_id, own.start_date or one.start_date, one.start
            if key not in content or content[key].seen_at < one.seen_at:
                content[key] = one
        return list(content.values())

    @property
    def modifications_id(self) -> str:
        """The TripModifications whose trip it is about; "" for a trip without them."""
        return str(self.update.trip.modified_trip.modifications_id)

    @property
    def trip_id(self) -> str:
        trip = self.update.trip
        return str(trip.modified_trip.affected_trip_id if self.modifications_id else trip.trip_id)

    @property
    def start_date(self) -> str | None:
        trip = self.update.trip
        return (trip.modified_trip if self.modifications_id else trip).start_date or None

    @property
    def start_time(self) -> int | None:
        trip = self.update.trip
        return seconds_of((trip.modified_trip if self.modifications_id else trip).start_time)

    @property
    def start(self) -> int | None:
        """The start of the run it makes: a duplicate's is its own."""
        own = self.update.trip_properties.start_time
        copies = self.relationship == "DUPLICATED" and own
        return seconds_of(own) if copies else self.start_time

    @property
    def reported_instant(self) -> int | None:
        """The first predicted or scheduled instant."""
        for stop in self.update.stop_time_update:
            for event in (stop.departure, stop.arrival):
                if event.scheduled_time or event.time:
                    return int(event.scheduled_time or event.time)
        return None

    @property
    def relationship(self) -> str:
        number = self.update.trip.schedule_relationship
        return str(gtfs_rt.TripDescriptor.ScheduleRelationship.Name(number))

    @property
    def ends_without_prediction(self) -> bool:
        """Whether it cancels or deletes its run, and gives no predicted instant."""
        stops = self.update.stop_time_update
        timed = any(stop.departure.time or stop.arrival.time for stop in stops)
        return self.relationship in ("CANCELED", "DELETED") and not timed

    def distance(self, run: Any) -> int:
        """The distance of a run from an undated update: its first instant at a stop compared
        with that stop's schedule, else its measurement (less the delay) compared with the run."""
        predicted = self.predicted_distance(run)
        if predicted is not None:
            return predicted
        moment = self.seen_at - self._delay()
        return max(run.departures[0] - moment, moment - run.arrivals[-1], 0)

    def predicted_distance(self, run: Any) -> int | None:
        """The first instant at a stop of the run, compared with that stop's schedule."""
        for stop in self.update.stop_time_update:
            instant = stop.departure.time or stop.arrival.time
            if instant:
                if stop.HasField("stop_sequence"):
                    calls = [i for i, n in enumerate(run.sequences) if n == stop.stop_sequence]
                else:
                    calls = [i for i, name in enumerate(run.stops) if name == stop.stop_id]
                if calls:
                    return abs(run.departures[calls[0]] - int(instant))
        return None

    def _delay(self) -> int:
        for stop in self.update.stop_time_update:
            for event in (stop.departure, stop.arrival):
                if event.HasField("delay"):
                    return int(event.delay)
        return int(self.update.delay)


def seconds_of(text: str) -> int | None:
    if not text:
        return None
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * HOUR + minutes * 60 + seconds


def words_of(run: Any, content: NaiveUpdate | None, parents: Mapping[str, str]) -> dict[int, Any]:
    """The stop updates of a run by its calls: as it was made of them, or as they match."""
    if content is None or content.relationship in ("CANCELED", "DELETED"):
        return {}
    if run.made_by is content and run.words is not None:
        return {n: word for n, word in enumerate(run.words) if plausible(run, n, word)}
    return assigned(run, content.update.stop_time_update, parents)


def resolve(run: Any, content: NaiveUpdate | None, words: dict[int, Any]) -> list[Reported]:
    """The state of each call of a run."""
    if content is None:
        return [("scheduled", None)] * len(run.stops)
    if content.relationship == "CANCELED":
        return [("cancelled", None)] * len(run.stops)
    states, instants = resolved_times(run, content, words)
    return [
        (state, departure if state == "predicted" else None)
        for state, departure in zip(states, instants[1::2], strict=True)
    ]


def resolved_times(
    run: Any, content: NaiveUpdate, words: dict[int, Any]
) -> tuple[list[str], list[int]]:
    """The state of each call, and all arrivals and departures alternately."""
    states, instants, fixed = [], [], []
    delay: int | None = content.update.delay if content.update.HasField("delay") else None
    latest = None
    for position in range(len(run.stops)):
        word = words.get(position)
        variant = "SCHEDULED" if word is None else relationship_of(word)
        if variant == "NO_DATA":
            delay = None
        silent = word is None or variant in ("NO_DATA", "SKIPPED")
        planned = run.arrivals[position], run.departures[position]
        reported = (
            (None, None)
            if silent
            else (
                instant_of(word.arrival, planned[0]),
                instant_of(word.departure, planned[1]),
            )
        )
        for which in (0, 1):
            if reported[which] is not None:
                # Predictions that contradict each other: the earlier stop's stands.
                instant = reported[which] if latest is None else max(latest, reported[which])
                latest, delay = instant, instant - planned[which]
            elif which == 0 and delay is None and reported[1] is not None:
                instant = planned[0] + reported[1] - planned[1]
            else:
                instant = planned[which] + (delay or 0)
            instants.append(instant)
            fixed.append(reported[which] is not None)
        states.append(
            "skipped" if variant == "SKIPPED" else "no_data" if delay is None else "predicted"
        )
    return states, in_order(instants, fixed)


def in_order(instants: list[int], fixed: list[bool]) -> list[int]:
    """Inferred instants, none before the previous one nor after the next predicted one."""
    result = []
    for index, instant in enumerate(instants):
        if not fixed[index]:
            last = max((i for i in range(index) if fixed[i]), default=None)
            following = next((i for i in range(index, len(instants)) if fixed[i]), None)
            instant = max(instants[0 if last is None else last : index + 1])
            if following is not None:
                instant = min(instant, instants[following])
        result.append(instant)
    return result


def relationship_of(word: Any) -> str:
    number = word.schedule_relationship
    return str(gtfs_rt.TripUpdate.StopTimeUpdate.ScheduleRelationship.Name(number))


def instant_of(event: Any, planned: int) -> int | None:
    if event.time:
        return int(event.time)
    return planned + event.delay if event.HasField("delay") else None


def assigned(run: Any, words: Any, parents: Mapping[str, str]) -> dict[int, Any]:
    """Which call each stop_time_update is about (rule 5)."""
    calls: dict[int, int] = {}
    for index, word in enumerate(words):
        if word.HasField("stop_sequence") and word.stop_sequence in run.sequences:
            call = run.sequences.index(word.stop_sequence)
            one, other = word.stop_id, run.stops[call]
            station = parents.get(one, "")
            if one in ("", other) or (station and station == parents.get(other)):
                calls[index] = call
    repeated = []
    for index, word in enumerate(words):
        there = [call for call, stop in enumerate(run.stops) if stop == word.stop_id]
        if index not in calls and len(there) == 1:
            calls[index] = there[0]
        elif index not in calls and there:
            repeated.append((index, there))
    for index, there in repeated:
        free = [call for call in there if call not in calls.values()]
        if not free:
            continue
        instant = words[index].departure.time or words[index].arrival.time
        if instant:
            calls[index] = min(free, key=lambda call: abs(run.departures[call] - instant))
        else:
            before = [calls[i] for i in range(index) if i in calls]
            later = [call for call in free if not before or call > before[-1]]
            calls[index] = (later or free)[0]
    for index, word in enumerate(words):
        station = parents.get(word.stop_id, "")
        there = [call for call, stop in enumerate(run.stops) if station == parents.get(stop)]
        if index not in calls and station and len(there) == 1:
            calls[index] = there[0]
    found: dict[int, Any] = {}
    for index, word in enumerate(words):
        if index in calls and calls[index] not in found and plausible(run, calls[index], word):
            found[calls[index]] = word
    return found


def plausible(run: Any, call: int, word: Any) -> bool:
    """Between half a day early and a day late: anything else is a mistake."""
    for event, planned in (
        (word.arrival, run.arrivals[call]),
        (word.departure, run.departures[call]),
    ):
        instant = instant_of(event, planned)
        if instant is not None and not -12 * HOUR <= instant - planned <= 24 * HOUR:
            return False
    return True
