"""TripModifications read and applied the slow and obvious way (see `naive_board`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

from naive_updates import seconds_of

Call = tuple[int | None, str, int, int]
"""The position in the original run (None: a replacement stop), the stop, arrival, departure."""


@dataclass(frozen=True)
class NaiveModifications:
    """One TripModifications entity of a message."""

    name: str
    message: Any

    @staticmethod
    def all_of(message: Any) -> "list[NaiveModifications]":
        """The entities by their ids: of two about one run the last is used."""
        found = [each for each in message.entity if each.HasField("trip_modifications")]
        return [
            NaiveModifications(each.id, each.trip_modifications)
            for each in sorted(found, key=lambda each: str(each.id))
        ]

    def selects(self, trip_id: str, day: date, start: int | None) -> bool:
        """Whether it is about the run of that trip, day and start."""
        trips = {each for selected in self.message.selected_trips for each in selected.trip_ids}
        starts = {seconds_of(each) for each in self.message.start_times}
        right_start = start is None or not starts or start in starts
        return trip_id in trips and f"{day:%Y%m%d}" in self.message.service_dates and right_start

    def applied(self, run: Any, parents: Mapping[str, str]) -> Any:
        """The modified run; None if a modification selects no call, or two overlap."""
        spans = [_span(each, run, parents) for each in self.message.modifications]
        if any(span is None for span in spans) or _overlap(spans):
            return None
        calls = [*_calls(run, sorted(spans, key=lambda span: span[:2]))]
        numbered = [(n, each) for n, each in enumerate(calls, start=1) if each[1] in parents]
        if len(numbered) < 2:
            return None
        modified = replace(
            run,
            stops=[stop for _, (_, stop, _, _) in numbered],
            sequences=[n for n, _ in numbered],
            arrivals=[arrival for _, (*_, arrival, _) in numbered],
            departures=[departure for _, (*_, departure) in numbered],
            pickups=[0 if origin is None else run.pickups[origin] for _, (origin, *_) in numbered],
            origins=[origin for _, (origin, *_) in numbered],
            instead_of=run,
            modifications=self,
            continues=numbered[-1][0] < len(calls),
        )
        latest = 0
        for place in range(len(modified.stops)):
            for times in (modified.arrivals, modified.departures):
                times[place] = latest = max(latest, times[place])
        return modified


def _span(modification: Any, run: Any, parents: Mapping[str, str]) -> tuple[int, int, Any] | None:
    """The calls that are replaced, from the first to before the last."""
    first = _selected(modification.start_stop_selector, run, parents)
    if not modification.HasField("end_stop_selector"):
        return None if first is None else (first, first, modification)
    last = _selected(modification.end_stop_selector, run, parents)
    if first is None or last is None or last < first:
        return None
    return first, last + 1, modification


def _selected(selector: Any, run: Any, parents: Mapping[str, str]) -> int | None:
    stop = selector.stop_id
    for place, sequence in enumerate(run.sequences):
        if selector.HasField("stop_sequence") and selector.stop_sequence == sequence:
            here = run.stops[place]
            station = parents.get(stop)
            if not stop or stop == here or (station and station == parents[here]):
                return place
    there = [place for place, each in enumerate(run.stops) if each == stop]
    return there[0] if len(there) == 1 else None


def _overlap(spans: list[Any]) -> bool:
    for place, (start, end, _) in enumerate(spans):
        for other_start, other_end, _ in spans[place + 1 :]:
            common = set(range(start, end)) & set(range(other_start, other_end))
            inside = start < other_start < end or other_start < start < other_end
            if common or inside:
                return True
    return False


def _calls(run: Any, spans: list[Any]) -> Iterator[Call]:
    """The calls one after the other; each stop stays, or is replaced."""
    late, replaced = 0, {place for start, end, _ in spans for place in range(start, end)}
    for place in range(len(run.stops)):
        for start, end, modification in spans:
            if start == place:
                yield from _replacements(run, start, end, modification, late)
                late += modification.propagated_modification_delay
        if place not in replaced:
            yield place, run.stops[place], run.arrivals[place] + late, run.departures[place] + late


def _replacements(run: Any, start: int, end: int, modification: Any, late: int) -> Iterator[Call]:
    stops, after = list(modification.replacement_stops), modification.propagated_modification_delay
    reference = run.arrivals[max(start - 1, 0)] + late
    times: list[int | None] = [
        reference + stop.travel_time_to_stop if stop.HasField("travel_time_to_stop") else None
        for stop in stops
    ]
    if start == 0 and times and times[0] is None:
        times[0] = reference
    if end == len(run.stops) and times and times[-1] is None:
        times[-1] = run.arrivals[-1] + late + after
    following = None if end == len(run.stops) else run.arrivals[end] + late + after
    line = [reference, *times, following]
    for place, stop in enumerate(stops, start=1):
        time = line[place]
        if time is None:
            left = max(n for n in range(place) if line[n] is not None)
            right = min(n for n in range(place, len(line)) if line[n] is not None)
            step = Fraction(line[right] - line[left], right - left)
            time = floor(line[left] + step * (place - left))
        yield None, stop.stop_id, time, time
