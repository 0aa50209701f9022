"""What a notification about a journey contains, in French and English."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import orjson

from mobilite.http.api.languages import TextLanguage
from mobilite.journeys.api.models import JourneyLegJson
from mobilite.journeys.api.watch_models import JourneyNowJson
from mobilite.journeys.flows.followed.ride_changes import End
from mobilite.web_push.api.message_body import message_body
from mobilite.web_push.domain.journey_facts import POSSIBLE, Fact, JourneyFacts
from mobilite.web_push.domain.push_subscription import Subject

TEXTS: Final[Mapping[TextLanguage, Mapping[str, str]]] = {
    "fr": {
        "title": "{start} → {end}",
        "start": "Votre départ",
        "end": "votre destination",
        "possible": "Le trajet est de nouveau possible.",
        "on_time": "De nouveau à l'heure : départ à {departure}, arrivée à {arrival}.",
        "platform": "Quai à {stop} : {platform}.",
        "confirmed": "C'est noté : ce qui change à ce trajet vous sera annoncé ici.",
        "lost": "Votre trajet",
        "lost_body": "Il n'est plus aux horaires : cherchez-en un autre.",
    },
    "en": {
        "title": "{start} → {end}",
        "start": "Your starting point",
        "end": "your destination",
        "possible": "The journey is possible again.",
        "on_time": "On time again: leaves at {departure}, arrives at {arrival}.",
        "platform": "Platform at {stop}: {platform}.",
        "confirmed": "You will be notified here of what changes.",
        "lost": "Your journey",
        "lost_body": "It is no longer in the timetable: please search for another one.",
    },
}
"""By language and name; the two languages have the same names and placeholders."""
_LATE: Final = 60
_OWN_WAYS: Final = ("walk", "bicycle", "car")
"""Nothing of them changes. Where they end is the platform of a ride, which has its own sentence."""
_ENDS: Final[tuple[End, End]] = ("from", "to")
_TIMES: Final = "times"
_PLATFORM: Final = "platform"
_ALERT: Final = "alert"


class NotificationTexts:
    """Reads journeys as the API renders them, and writes notifications. Implements
    `JourneyTexts`."""

    def facts(self, body: bytes, language: TextLanguage) -> JourneyFacts:
        """The facts of a journey. `body`: a JourneyNowJson in that language."""
        content: JourneyNowJson = orjson.loads(body)
        facts: dict[str, Fact] = {POSSIBLE: content["possible"]}
        sentences = {POSSIBLE: TEXTS[language]["possible"] if content["possible"] else ""}
        for name, value, sentence in _facts(content, TEXTS[language]):
            facts[name], sentences[name] = value, sentence
        start = content["from"]["name"] or TEXTS[language]["start"]
        end = content["to"]["name"] or TEXTS[language]["end"]
        return JourneyFacts(
            facts,
            sentences,
            TEXTS[language]["title"].format(start=start, end=end),
            content["summary"],
            datetime.fromisoformat(content["journeys"][0]["arrival"]),
            arrived=content["status"] == "arrived",
        )

    def message(
        self, journey_id: str, facts: JourneyFacts, names: Sequence[str], language: TextLanguage
    ) -> bytes:
        """A message about the facts of those names, `LONGEST` bytes at most."""
        # One sentence can be about several facts, such as both times of a ride.
        sentences = dict.fromkeys(facts.sentences[name] for name in names)
        text = "\n".join(each for each in (*sentences, facts.summary) if each)
        return message_body(Subject("journey", journey_id), facts.title, text, language)

    def confirmation(self, journey_id: str, facts: JourneyFacts, language: TextLanguage) -> bytes:
        """The first message: that the browser is notified from now on."""
        subject, text = Subject("journey", journey_id), TEXTS[language]["confirmed"]
        return message_body(subject, facts.title, text, language)

    def lost(self, journey_id: str, language: TextLanguage) -> bytes:
        """A message about a journey that is no longer in the timetables."""
        texts = TEXTS[language]
        subject = Subject("journey", journey_id)
        return message_body(subject, texts["lost"], texts["lost_body"], language)


def _facts(content: JourneyNowJson, texts: Mapping[str, str]) -> Iterator[tuple[str, Fact, str]]:
    """The facts of what is ahead, but for the first one: name, value, sentence."""
    legs, now = content["journeys"][0]["legs"], content["generated_at"]
    changes = {
        (each["type"], each["leg"], each["end"]): each["message"] for each in content["changes"]
    }
    for (change, index, changed_end), message in changes.items():
        if change not in (_TIMES, _PLATFORM, _ALERT):
            name = f"{change} {index}"
            yield name if changed_end is None else f"{name} {changed_end}", True, message
    for index, leg in enumerate(legs):
        if not _is_before(now, leg["arrival"]) or leg["mode"] in _OWN_WAYS:
            continue
        yield from _alerts(content, index, leg)
        if content["possible"]:
            yield from _delays(index, leg, now, changes.get((_TIMES, index, None)), texts)
            moved = {end: changes.get((_PLATFORM, index, end)) for end in _ENDS}
            yield from _platforms(index, leg, now, moved, texts)


def _alerts(
    content: JourneyNowJson, index: int, leg: JourneyLegJson
) -> Iterator[tuple[str, Fact, str]]:
    # The changes have the alerts of a leg in its order.
    messages = [
        each["message"]
        for each in content["changes"]
        if (each["type"], each["leg"]) == (_ALERT, index)
    ]
    for alert, message in zip(leg["alerts"], messages, strict=True):
        yield f"{_ALERT} {alert}", True, message


def _delays(
    index: int, leg: JourneyLegJson, now: str, message: str | None, texts: Mapping[str, str]
) -> Iterator[tuple[str, Fact, str]]:
    sentence = message or texts["on_time"].format(
        departure=leg["departure"][11:16], arrival=leg["arrival"][11:16]
    )
    if _is_before(now, leg["departure"]):
        yield f"departure {index}", _late(leg["scheduled_departure"], leg["departure"]), sentence
    yield f"arrival {index}", _late(leg["scheduled_arrival"], leg["arrival"]), sentence


def _platforms(
    index: int,
    leg: JourneyLegJson,
    now: str,
    moved: Mapping[End, str | None],
    texts: Mapping[str, str],
) -> Iterator[tuple[str, Fact, str]]:
    """The platforms that are ahead. `moved`: the sentence about each end that has another one."""
    boarding = _is_before(now, leg["departure"]) and not leg["stay_seated"]
    for end in _ENDS if boarding else _ENDS[1:]:
        place = leg[end]
        sentence = moved[end] or texts["platform"].format(
            stop=place["name"], platform=place["platform"] or place["name"]
        )
        yield f"platform {index} {end}", place["id"] or "", sentence


def _is_before(one: str, other: str) -> bool:
    return datetime.fromisoformat(one) < datetime.fromisoformat(other)


def _late(scheduled: str, time: str) -> int:
    """Seconds after the timetable; 0 within a minute of it, which is displayed as on time."""
    late = datetime.fromisoformat(time) - datetime.fromisoformat(scheduled)
    seconds = int(late.total_seconds())
    return seconds if abs(seconds) >= _LATE else 0
