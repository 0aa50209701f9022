"""Estimates the delays of feeds that publish positions alone, for as long as the role runs.

One task follows the vehicles every quarter of a minute, in a thread of its own. What is learned of
each feed is loaded at the start and stored now and then.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from mobilite.estimates.domain.delay_model import DelayModel
from mobilite.estimates.flows.follow_vehicles import EstimatedRun, FollowedVehicles
from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.flows.own_thread import OwnThread
from mobilite.realtime.domain.feed_observers import FeedObservers
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.vehicles.ports import VehiclesState
from socle.clock import Clock

SECONDS: Final = 15.0
"""Between two observations, by the platform's clock."""
_STORED_EVERY: Final = 40
"""Observations after which the models are stored."""


class StoredModels(Protocol):
    """Where models outlive a process."""

    def load(self, feed_id: FeedId) -> DelayModel:
        """The model stored last; a new one if there is none, or it cannot be read."""

    def store(self, feed_id: FeedId, model: DelayModel) -> None:
        """Store a model in place of the one before. Errors of the disk are not raised."""


class DelayEstimator:
    """The single writer of the estimates."""

    def __init__(
        self,
        state: Callable[[], VehiclesState],
        feeds: Callable[[], frozenset[FeedId]],
        clock: Clock,
        stored: StoredModels,
        learned: Callable[[FeedId, DelayModel], None] = lambda feed_id, model: None,
    ) -> None:
        """`state`: the newest one. `feeds`: those to estimate. `learned`: called after each
        observation of a feed."""
        self._state, self._feeds, self._clock = state, feeds, clock
        self._stored, self._learned = stored, learned
        self._followed = FeedObservers(self._follow)
        self._models: dict[FeedId, DelayModel] = {}
        self._estimates: Mapping[FeedId, tuple[EstimatedRun, ...]] = {}

    async def run(self) -> None:
        """Estimate until cancelled."""
        try:
            with OwnThread("estimates") as thread:
                while True:
                    for _ in range(_STORED_EVERY):
                        await self._clock.sleep(SECONDS)
                        await thread.run(self.observe)
                    await thread.run(self._store)
        finally:
            self._store()

    def observe(self) -> None:
        """Follow the vehicles of each feed, and estimate again."""
        now, state = int(self._clock.now().timestamp()), self._state()
        estimates: dict[FeedId, tuple[EstimatedRun, ...]] = {}
        for feed_id in self._feeds():
            feed = state.snapshot.feed(feed_id)
            followed = self._followed.of(feed)
            if followed is None:
                continue
            followed.observe(feed, state.fleet(feed_id), now)
            estimates[feed_id] = tuple(followed.estimates(now))
            self._learned(feed_id, followed.model)
        self._estimates = estimates

    def estimates(self, feed_id: FeedId) -> tuple[EstimatedRun, ...]:
        """The newest estimates of a feed; none of a feed that is not estimated."""
        return self._estimates.get(feed_id, ())

    def _follow(self, feed_id: FeedId, schedule: FeedSchedule) -> FollowedVehicles:
        model = self._models.get(feed_id) or self._stored.load(feed_id)
        self._models[feed_id] = model
        return FollowedVehicles(schedule, model)

    def _store(self) -> None:
        for feed_id, model in self._models.items():
            self._stored.store(feed_id, model)
