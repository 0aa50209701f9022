"""What a notification contains, in French and English: JSON for the service worker of the pages."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import orjson

from mobilite.http.api.languages import TextLanguage
from mobilite.journeys.api.models import JourneyLegJson
from mobilite.journeys.api.watch_models import JourneyNowJson
from mobilite.web_push.domain.journey_facts import POSSIBLE, Fact, JourneyFacts

LONGEST: Final = 3072
"""Bytes of a message: every push service takes them."""
_LONGEST_TITLE: Final = 100
"""Characters."""
TEXTS: Final[Mapping[TextLanguage, Mapping[str, str]]] = {
    "fr": {
        "title": "{start} → {end}",
        "start": "Votre départ",
        "end": "votre destination",
        "possible": "Le trajet est de nouveau possible.",
        "on_time": "De nouveau à l'heure : départ à {departure}, arrivée à {arrival}.",
        "platform": "Quai à {stop} : {platform}.",
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
        "lost": "Your journey",
        "lost_body": "It is no longer in the timetable: please search for another one.",
    },
}
"""By language and name; the two languages have the same names and placeholders."""
_LATE: Final = 60
_OWN_WAYS: Final = ("walk", "bicycle", "car")
"""Nothing of them changes. Where they end is the platform of a ride, which has its own sentence."""
_TIMES: Final = "times"
_PLATFORM: Final = "platform"
_ALERT: Final = "alert"


class NotificationTexts:
    """Reads journeys as the API renders them, and writes notifications. Implements `Texts`."""

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
        return _message(journey_id, facts.title, text, language)

    def lost(self, journey_id: str, language: TextLanguage) -> bytes:
        """A message about a journey that is no longer in the timetables."""
        texts = TEXTS[language]
        return _message(journey_id, texts["lost"], texts["lost_body"], language)


def _facts(content: JourneyNowJson, texts: Mapping[str, str]) -> Iterator[tuple[str, Fact, str]]:
    """The facts of what is ahead, but for the first one: name, value, sentence."""
    legs, now = content["journeys"][0]["legs"], content["generated_at"]
    changes = {(each["type"], each["leg"]): each["message"] for each in content["changes"]}
    for (change, index), message in changes.items():
        if change not in (_TIMES, _PLATFORM, _ALERT):
            yield f"{change} {index}", True, message
    for index, leg in enumerate(legs):
        if not _is_before(now, leg["arrival"]) or leg["mode"] in _OWN_WAYS:
            continue
        yield from _alerts(content, index, leg)
        if content["possible"]:
            yield from _delays(index, leg, now, changes.get((_TIMES, index)), texts)
            yield from _platforms(index, leg, now, changes.get((_PLATFORM, index)), texts)


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
    index: int, leg: JourneyLegJson, now: str, message: str | None, texts: Mapping[str, str]
) -> Iterator[tuple[str, Fact, str]]:
    ends = [leg["to"]]
    if _is_before(now, leg["departure"]) and not leg["stay_seated"]:
        ends.insert(0, leg["from"])
    for end in ends:
        sentence = message or texts["platform"].format(
            stop=end["name"], platform=end["platform"] or end["name"]
        )
        yield f"platform {index} {'to' if end is leg['to'] else 'from'}", end["id"] or "", sentence


def _is_before(one: str, other: str) -> bool:
    return datetime.fromisoformat(one) < datetime.fromisoformat(other)


def _late(scheduled: str, time: str) -> int:
    """Seconds after the timetable; 0 within a minute of it, which is displayed as on time."""
    late = datetime.fromisoformat(time) - datetime.fromisoformat(scheduled)
    seconds = int(late.total_seconds())
    return seconds if abs(seconds) >= _LATE else 0


def _message(journey_id: str, title: str, text: str, language: TextLanguage) -> bytes:
    title = title[:_LONGEST_TITLE]
    content = {"journey": journey_id, "title": title, "body": text, "lang": language}
    encoded = orjson.dumps(content)
    while len(encoded) > LONGEST:
        # A character has four bytes at most.
        text = text[: -max(1, (len(encoded) - LONGEST) // 4)]
        content["body"] = f"{text}…"
        encoded = orjson.dumps(content)
    return encoded
