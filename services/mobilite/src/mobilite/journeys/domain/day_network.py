"""The runs that a journey of one date can use, in lanes.

A day of a network covers two calendar days from midnight of its date, in the zone of its first
feed: whoever leaves late rides past midnight, and whoever is to arrive early left the day before.
It holds every run of any service day that is under way in that time. Times are seconds since that
midnight (`origin`); each feed's times are instants by its own zone, so that a night on which clocks
change has no gap.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from mobilite.journeys.domain.lanes import Lanes
from mobilite.journeys.domain.live_run import OwnCalls
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.timetable import I32

DAYS: Final = 2
"""Calendar days that a day network covers."""
DELAY: Final = 6 * 3600
"""Seconds before midnight from which runs are included: real time may bring them past it."""
MOST_PARTS: Final = 4
"""Runs in which people stay seated one after the other, at most."""
NO_CHAINS: Final = np.empty((0, MOST_PARTS), np.int32)
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class DayNetwork:
    """One date of a network, by the schedule or patched by real time. Immutable."""

    network: JourneyNetwork
    day: date
    origin: int
    """POSIX seconds of 0 in every time of the lanes."""
    lanes: Lanes
    lane_pattern: I32
    """[lanes] → patterns of the network; ~i → `own_calls` for a lane of runs with their own."""
    run_trip: I32
    """[runs] → trips of the network. Runs are numbered by their slot in the schedule."""
    run_day: I32
    """[runs]: the ordinal of the service day."""
    slot_of: I32
    """[days, trips]: the run of a trip on a service day, counted from `first_day`; -1 for none."""
    first_day: int
    added: tuple[tuple[int, RunKey], ...] = ()
    """Runs outside the timetable: feed and key. They are numbered after the runs."""
    own_calls: tuple[OwnCalls, ...] = ()
    """The calls of chains, and those that real time gave to runs."""
    chains: I32 = field(default_factory=lambda: NO_CHAINS)
    """[chains, MOST_PARTS] → runs that one vehicle makes one after the other; -1 after the last.
    They stand in the slots after those of the runs, and `slot_run` of a chain i is ~i."""

    def runs_of(self, trips: I32, days: I32) -> I32:
        """The runs of trips of the network on service days (ordinals); -1 for none."""
        runs = np.full(len(trips), -1, np.int32)
        rows = days - self.first_day
        known = (trips >= 0) & (rows >= 0) & (rows < len(self.slot_of))
        runs[known] = self.slot_of[rows[known], trips[known]]
        return runs

    def run_key(self, run: int) -> tuple[int, RunKey]:
        """The feed (its index) and the key of a run."""
        if run >= len(self.run_trip):
            return self.added[run - len(self.run_trip)]
        trip = self.run_trip.item(run)
        feed = self.network.feed_of_trip(trip)
        return feed, RunKey(trip - self.network.trip_first.item(feed), self.run_day.item(run))

    def runs_in(self, slot: int) -> list[int]:
        """The run in a slot, or the runs of its chain."""
        run = int(self.lanes.slot_run[slot])
        return [run] if run >= 0 else [each for each in self.chains[~run].tolist() if each >= 0]

    def overlaps(self, first: int, last: int) -> bool:
        """Whether the day covers a part of the time between two instants in POSIX seconds."""
        beyond = self.origin + DAYS * _DAY_SECONDS + 3600
        return last >= self.origin - DELAY and first < beyond

    def seconds(self, instant: int) -> int:
        """The time of POSIX seconds in the lanes."""
        return instant - self.origin
