"""The steps of a way inside a station, in French and English."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from mobilite.http.api.languages import TextLanguage
from mobilite.journeys.api.models import JourneyStepJson
from mobilite.journeys.flows.stations.station_walking import StationPart
from mobilite.pathways.domain.pathway import Pathway
from mobilite.timetable.domain.timetable import Timetable

TEXTS: Final[Mapping[TextLanguage, Mapping[str, str]]] = {
    "fr": {
        "entrance": "entrée",
        "exit": "sortie",
        "named": "{step} « {name} »",
        "walkway": "couloir",
        "stairs": "escalier",
        "moving_sidewalk": "tapis roulant",
        "escalator": "escalier mécanique",
        "elevator": "ascenseur",
        "fare_gate": "portillon",
        "exit_gate": "portillon de sortie",
        "steps_up": "{step} ({count} marches à monter)",
        "steps_down": "{step} ({count} marches à descendre)",
        "sign": "{step}, suivre « {sign} »",
        "along": "{sentence} : {steps}.",
    },
    "en": {
        "entrance": "entrance",
        "exit": "exit",
        "named": "{step} “{name}”",
        "walkway": "corridor",
        "stairs": "stairs",
        "moving_sidewalk": "moving walkway",
        "escalator": "escalator",
        "elevator": "lift",
        "fare_gate": "ticket gate",
        "exit_gate": "exit gate",
        "steps_up": "{step} ({count} steps up)",
        "steps_down": "{step} ({count} steps down)",
        "sign": "{step}, follow “{sign}”",
        "along": "{sentence}: {steps}.",
    },
}
"""By language and name; the two languages have the same names and placeholders."""


def steps_json(
    feeds: Sequence[Timetable], parts: Iterable[StationPart], language: TextLanguage
) -> list[JourneyStepJson]:
    """The steps of the parts of a way. `feeds`: those of the network."""
    steps: list[JourneyStepJson] = []
    for part in parts:
        if part.entrance is not None and part.inwards:
            steps.append(_entrance(feeds[part.feed], part.entrance, "entrance", language))
        steps += (_step(each, language) for each in _joined(part.station_path.pathways))
        if part.entrance is not None and not part.inwards:
            steps.append(_entrance(feeds[part.feed], part.entrance, "exit", language))
    return steps


def along_steps(sentence: str, steps: Iterable[JourneyStepJson], language: TextLanguage) -> str:
    """The sentence of a way with its steps."""
    texts = ", ".join(step["text"] for step in steps)
    if not texts:
        return sentence
    return TEXTS[language]["along"].format(sentence=sentence.removesuffix("."), steps=texts)


def _joined(pathways: Iterable[Pathway]) -> Iterator[Pathway]:
    """The pathways, corridors without signs that follow each other as one."""
    last: Pathway | None = None
    for each in pathways:
        if last is not None and last.mode == each.mode == "walkway" and not each.sign:
            metres = None if None in (last.metres, each.metres) else _sum(last, each)
            last = replace(last, seconds=last.seconds + each.seconds, metres=metres)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def _sum(one: Pathway, other: Pathway) -> float:
    return (one.metres or 0) + (other.metres or 0)


def _entrance(
    feed: Timetable, row: int, mode: Literal["entrance", "exit"], language: TextLanguage
) -> JourneyStepJson:
    texts, name = TEXTS[language], feed.stop_names[row]
    parent = int(feed.stop_parent[row])
    own = name if parent < 0 or name != feed.stop_names[parent] else ""
    text = texts["named"].format(step=texts[mode], name=own) if own else texts[mode]
    return {
        "mode": mode,
        "text": text,
        "signposted_as": None,
        "stairs": None,
        "distance": None,
        "duration": 0,
    }


def _step(pathway: Pathway, language: TextLanguage) -> JourneyStepJson:
    texts = TEXTS[language]
    text = texts[pathway.mode]
    if pathway.stairs:
        name = "steps_up" if pathway.stairs > 0 else "steps_down"
        text = texts[name].format(step=text, count=abs(pathway.stairs))
    if pathway.sign:
        text = texts["sign"].format(step=text, sign=pathway.sign)
    return {
        "mode": pathway.mode,
        "text": text,
        "signposted_as": pathway.sign or None,
        "stairs": pathway.stairs or None,
        "distance": None if pathway.metres is None else round(pathway.metres),
        "duration": pathway.seconds,
    }
