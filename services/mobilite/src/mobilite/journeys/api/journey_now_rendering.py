"""A journey that is followed as JSON: a page of journeys with it alone, and what differs."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from mobilite.http.api.languages import text_language
from mobilite.http.api.responses import entity_tag
from mobilite.http.api.times import local_time
from mobilite.journeys.api.change_texts import ChangeWords
from mobilite.journeys.api.leg_rendering import place_json
from mobilite.journeys.api.models import JourneyLegJson, JourneyListJson
from mobilite.journeys.api.rendering import JourneyRenderer, without_ages
from mobilite.journeys.api.watch_models import JourneyChangeJson, JourneyNowJson, WhereaboutsJson
from mobilite.journeys.api.way_rendering import spot_json
from mobilite.journeys.flows.followed.find_rental import FoundRental
from mobilite.journeys.flows.followed.find_ride import FoundRide
from mobilite.journeys.flows.followed.judge_journey import Judgement
from mobilite.journeys.flows.followed.ride_changes import JourneyChange, is_in_time
from mobilite.journeys.flows.followed.show_journey import JourneyNow
from mobilite.journeys.flows.places import get_place
from mobilite.streams.flows.subscription import RenderedView


class JourneyNowRenderer:
    """Renders journeys that are followed. It caches as `JourneyRenderer` does."""

    def __init__(self, pages: JourneyRenderer) -> None:
        self._pages = pages

    def __call__(self, journey: JourneyNow, wanted: Sequence[str] = ()) -> RenderedView:
        """A journey as JSON, in one of the `wanted` languages. Its tag does not depend on ages, nor
        on the instant."""
        content = self.content(journey, wanted)
        tag = entity_tag([_identity(content), text_language(wanted)])
        return RenderedView(tag, orjson.dumps(content))

    def content(self, journey: JourneyNow, wanted: Sequence[str]) -> JourneyNowJson:
        """The JSON of a journey."""
        judgement, words = journey.judgement, ChangeWords(text_language(wanted))
        page = self._pages.page_json(judgement.rebuilt.page, wanted)
        alternatives = None
        if journey.alternatives is not None:
            alternatives = self._pages.page_json(journey.alternatives, wanted)
        whereabouts, changes = _whereabouts(judgement), [*_changes(judgement, page, words)]
        return {
            **page,
            "status": judgement.status,
            "possible": judgement.possible,
            "summary": _summary(judgement, page, alternatives, whereabouts, words, changes),
            "changes": changes,
            "whereabouts": whereabouts,
            "alternatives": alternatives,
        }


def _whereabouts(judgement: Judgement) -> WhereaboutsJson | None:
    where, page = judgement.whereabouts, judgement.rebuilt.page
    if where is None:
        return None
    local = local_time(page.planning.timetables.zone)
    if where.spot is not None:
        place = spot_json(where.spot)
    else:
        place = place_json(get_place(page.planning, where.place, "from"))
    return {"place": place, "at": local(where.instant), "leg": where.leg}


def _summary(
    judgement: Judgement,
    page: JourneyListJson,
    alternatives: JourneyListJson | None,
    whereabouts: WhereaboutsJson | None,
    words: ChangeWords,
    changes: Sequence[JourneyChangeJson],
) -> str:
    """The state in a sentence. `changes`: those of the answer, alerts included."""
    if judgement.status == "arrived":
        return words.state("arrived")
    if judgement.possible:
        name = "changed" if judgement.changes else "alerted" if changes else _plan(judgement, page)
        name = "booked" if judgement.booking_closed else name
        return words.state(name, arrival=page["journeys"][0]["arrival"])
    place = None if whereabouts is None else whereabouts["place"]["name"]
    arrivals = [] if alternatives is None else [a["arrival"] for a in alternatives["journeys"]]
    if not arrivals:
        return words.state("broken", place=place)
    return words.state("better", arrival=min(arrivals), place=place)


def _plan(judgement: Judgement, page: JourneyListJson) -> str:
    """The name of the sentence for a journey of which nothing differs: real time states that only
    where there is some."""
    now, legs = judgement.rebuilt.page.generated_at, judgement.rebuilt.journey.legs
    live = [
        any(state in ("predicted", "added") for state in _states(leg))
        for leg, planned in zip(page["journeys"][0]["legs"], legs, strict=True)
        if planned.arrival > now and leg["state"] is not None and leg["booking"] is None
    ]
    if all(live):
        return "as_planned"
    return "partly" if any(live) else "timetable"


def _states(leg: JourneyLegJson) -> Iterator[str | None]:
    """Those of the calls of a ride."""
    yield leg["state"]
    yield from (stop["state"] for stop in leg["stops"])


def _changes(
    judgement: Judgement, page: JourneyListJson, words: ChangeWords
) -> Iterator[JourneyChangeJson]:
    legs, now = page["journeys"][0]["legs"], judgement.rebuilt.page.generated_at
    for change in judgement.changes:
        leg = legs[change.ride.index]
        message = _message(judgement, change, leg, words)
        index = change.ride.index
        yield {"type": change.type, "leg": index, "end": change.end, "message": message}
    headers = {alert["id"]: alert["header"] for alert in page["alerts"]}
    for index, leg in enumerate(legs):
        if judgement.rebuilt.journey.legs[index].arrival > now:
            for alert in leg["alerts"]:
                message = words.alert(leg, headers[alert])
                yield {"type": "alert", "leg": index, "end": None, "message": message}


def _message(
    judgement: Judgement, change: JourneyChange, leg: JourneyLegJson, words: ChangeWords
) -> str:
    ride, stop = change.ride, leg["to"] if change.end == "to" else leg["from"]
    match change.type:
        case "missed_connection" if is_in_time(ride):
            return words.ride("missed", leg)
        case "missed_connection":
            assert ride.ready is not None
            local = local_time(judgement.rebuilt.page.planning.timetables.zone)
            return words.missed_connection(leg, local(ride.ready))
        case "skipped_stop" | "closed_stop":
            return words.stop(change.type, leg, stop)
        case "withdrawn" if change.end is not None:
            name = "no_car_park" if leg["mode"] == "car" else "no_station"
            return words.stop(name, leg, stop)
        case "no_vehicle" | "not_renting" | "no_dock" | "not_returning":
            sentence = words.stop(change.type, leg, stop)
            return " ".join((sentence, *_returning(judgement, change, words)))
        case "booking_closed":
            return words.booking_closed(leg)
        case "times":
            aboard = judgement.rebuilt.rides.index(ride) < judgement.progress.boarded
            return words.times(leg, aboard=aboard)
        case "platform":
            return words.platform(stop, _scheduled_platform(judgement, change))
        case _:
            return words.ride(change.type, leg)


def _returning(judgement: Judgement, change: JourneyChange, words: ChangeWords) -> Iterator[str]:
    """Where to give back a vehicle that its station does not take, if not there later."""
    where, found = judgement.progress.put_off, change.ride.found
    if where is None or where.leg != change.ride.index or not isinstance(found, FoundRental):
        return
    if where.spot is not None and where.spot != found.end:
        yield words.return_at(where.spot.name)


def _scheduled_platform(judgement: Judgement, change: JourneyChange) -> tuple[str, str]:
    """The names of a stop and of its platform by the timetable."""
    found, network = change.ride.found, judgement.rebuilt.page.planning.timetables.network
    assert isinstance(found, FoundRide)
    call = found.calls[found.alight if change.end == "to" else found.board]
    feed, row = network.feeds[found.feed], call.scheduled_stop
    return feed.stop_names[row], feed.stop_platform[row]


def _identity(content: Any) -> Any:
    """What identifies the state of a journey: without ages and odds, and where the traveller is
    only if plans begin there."""
    where, alternatives = content["whereabouts"], content["alternatives"]
    return {
        **_steady(content),
        "whereabouts": alternatives and where and [where["place"], where["leg"]],
        "alternatives": alternatives and {**_steady(alternatives), "next": None, "previous": None},
    }


def _steady(page: Any) -> Any:
    """A page without what changes though nothing happens: ages, and the odds of connections with
    the summaries that state them."""
    journeys = [
        {**each, "summary": None, "legs": [*map(_without_odds, each["legs"])]}
        for each in page["journeys"]
    ]
    return {**without_ages(page), "journeys": journeys}


def _without_odds(leg: Any) -> Any:
    return {**leg, "connection": leg["connection"] and leg["connection"]["tight"]}
