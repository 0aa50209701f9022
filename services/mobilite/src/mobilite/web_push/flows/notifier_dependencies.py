"""What notifying the subscribers needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mobilite.gtfs.domain.ids import GlobalId
from mobilite.journeys.flows.followed.watch_journeys import JourneySubscriptions
from mobilite.web_push.domain.journey_facts import JourneyFacts
from mobilite.web_push.domain.push_subscription import Language, Subject
from mobilite.web_push.domain.traffic_facts import TrafficFacts, TrafficNews
from mobilite.web_push.flows.watch_traffic import TrafficSubscriptions
from mobilite.web_push.ports import PushSubscriptions
from socle.clock import Clock
from socle.web_push import PushSender


class JourneyTexts(Protocol):
    """What people read about a journey."""

    def facts(self, body: bytes, language: Language) -> JourneyFacts:
        """The facts of a rendered journey."""
        ...

    def message(
        self, journey_id: str, facts: JourneyFacts, names: Sequence[str], language: Language
    ) -> bytes:
        """A message about the facts of those names."""
        ...

    def confirmation(self, journey_id: str, facts: JourneyFacts, language: Language) -> bytes:
        """The first message: that the browser is notified from now on."""
        ...

    def lost(self, journey_id: str, language: Language) -> bytes:
        """A message about a journey that is no longer in the timetables."""
        ...


class TrafficTexts(Protocol):
    """What people read about a line or a stop."""

    def headlines(self, facts: TrafficFacts, language: Language) -> Mapping[GlobalId, str]:
        """The headline of each alert, by its id."""
        ...

    def message(
        self,
        subject: Subject,
        facts: TrafficFacts,
        news: TrafficNews,
        headlines: Mapping[GlobalId, str],
        language: Language,
        *,
        tag: str,
    ) -> bytes:
        """A message about what is news. `tag`: the same message has the same."""
        ...

    def confirmation(self, subject: Subject, facts: TrafficFacts, language: Language) -> bytes:
        """The first message: that the browser is notified from now on."""
        ...

    def lost(self, subject: Subject, language: Language) -> bytes:
        """A message about a line or a stop that is no longer in the timetables."""
        ...


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What a notifier needs."""

    journeys: JourneySubscriptions
    traffic: TrafficSubscriptions
    store: PushSubscriptions
    sender: PushSender
    journey_texts: JourneyTexts
    traffic_texts: TrafficTexts
    clock: Clock
    least_delay: int
    """Seconds from which another delay is news."""
    sent: Callable[[str], None] = lambda outcome: None
    """Called with the outcome of each message."""
    ready: Callable[[], bool] = lambda: True
    """Whether the tables that journeys are rebuilt from have been read: before that a journey that
    is known seems lost."""
