"""The connections of journeys, as JSON and in words."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from mobilite.connections.api.rendering import connection_json, connection_sentence
from mobilite.http.api.languages import TextLanguage
from mobilite.http.api.times import local_time
from mobilite.journeys.api.models import JourneyLegJson
from mobilite.journeys.flows.page_connections import Connections
from mobilite.journeys.flows.plan_journeys import JourneyPage

JourneyChanges = Callable[[int, JourneyLegJson, str], tuple[JourneyLegJson, str]]
"""From the index of a leg, its JSON and its sentence: both, with the connection that leads to
it."""


class ConnectionRenderer:
    """Renders the connections of one page of journeys."""

    def __init__(self, page: JourneyPage, language: TextLanguage) -> None:
        self._zone, self._language = page.planning.timetables.zone, language
        self._local = local_time(self._zone)

    def of(self, connections: Connections) -> JourneyChanges:
        """Adds the connections of one journey to its legs. A tight one is described before the
        ride it leads to."""
        return partial(self._leg, connections)

    def _leg(
        self, connections: Connections, index: int, leg: JourneyLegJson, sentence: str
    ) -> tuple[JourneyLegJson, str]:
        known = connections.get(index)
        if known is None:
            return leg, sentence
        missed = clock = None
        if known.missed_arrival is not None:
            missed = self._local(known.missed_arrival)
            clock = f"{datetime.fromtimestamp(known.missed_arrival, self._zone):%H:%M}"
        warning = connection_sentence(known.connection, clock, self._language)
        content: JourneyLegJson = {**leg, "connection": connection_json(known.connection, missed)}
        return content, sentence if warning is None else f"{warning} {sentence}"
