"""The answers to a random question, found the slow way (`naive_journeys`)."""

from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from naive_board import NaiveCity
from naive_journeys import (
    best_journeys,
    earliest_arrivals,
    latest_departures,
    usable_runs,
    ways_of,
)
from naive_modifications import NaiveModifications
from naive_seats import seated_runs
from naive_transfers import ways_by_line
from naive_updates import NaiveUpdate
from random_journeys import JourneyCase

RIDES = 8


class NaiveAnswers:
    """A case with its real time, and its answers with at most 1, 2… rides."""

    def __init__(self, case: JourneyCase) -> None:
        self.case = case
        city = NaiveCity(case.files, around=case.now)
        if case.message:
            header = 'header { gtfs_realtime_version: "2.0" }'
            message = text_format.Parse(f"{header} {case.message}", gtfs_rt.FeedMessage())
            updates = NaiveUpdate.all_of(message, received=int(case.now.timestamp()))
            city.receive(updates, NaiveModifications.all_of(message))
        usable = usable_runs(city)
        self.single = [*usable.values()]
        """The runs in which people stay in one run."""
        self.runs = [*self.single, *seated_runs(city, usable)]
        ways = ways_of(city.files, longest=case.longest)
        self.ways = ways_by_line(city.files, ways, self.runs)

    def leaving(self) -> list[int | None]:
        """Earliest arrivals."""
        case = self.case
        return earliest_arrivals(
            self.runs, self.ways, case.origin, case.destination, case.at, RIDES
        )

    def arriving(self, by: int) -> list[int | None]:
        """Latest departures."""
        case = self.case
        return latest_departures(self.runs, self.ways, case.origin, case.destination, by, RIDES)

    def best(self, window: int) -> set[tuple[int, int, int]]:
        """(departure, arrival, rides) of the best journeys that leave in the window."""
        case = self.case
        times = case.at, case.at + window
        return best_journeys(self.runs, self.ways, case.origin, case.destination, times, RIDES)
