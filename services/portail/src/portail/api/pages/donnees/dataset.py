"""The view of a dataset: the licence, the age and the quality of what a network publishes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from portail.api import quantities, words
from portail.api.texts import texts_of
from portail.domain.networks import Network, Schedule, Source

_LICENCES: Final = {
    "etalab20": "Licence Ouverte 2.0 (Etalab)",
    "lov2": "Licence Ouverte 2.0 (Etalab)",
    "etalab": "Licence Ouverte (Etalab)",
    "odbl": "ODbL 1.0 (Open Database License)",
    "cc0": "CC0 1.0 (Creative Commons)",
    "ccby40": "CC BY 4.0 (Creative Commons)",
    "ccbysa40": "CC BY-SA 4.0 (Creative Commons)",
}
"""The names of licences by the beginning of their identifiers, the longer one first."""
_ENTITIES: Final = ("trip_updates", "vehicle_positions", "alerts")
_COUNTED: Final = ("routes", "stops", "trips", "stop_times")
"""What a timetable contains, as far as the page states it."""
_SOON_DAYS: Final = 14
"""A timetable that ends within so many days has to be renewed."""


@dataclass(frozen=True, slots=True)
class AddressView:
    """One real-time address; its texts are in the language of the request."""

    title: str
    """What it publishes."""
    state: str
    is_live: bool
    facts: tuple[str, ...]
    doubts: tuple[str, ...]
    """In French: faults and notes of the API."""


@dataclass(frozen=True, slots=True)
class DatasetView:
    """The facts of a dataset; its texts are in the language of the request."""

    licence: str | None
    counts: tuple[tuple[str, str], ...]
    """What the timetable contains, with how many."""
    ends: str | None
    """How long the timetable is still valid, if that is short."""
    addresses: tuple[AddressView, ...]


def dataset_of(network: Network, now: datetime, zone: ZoneInfo) -> DatasetView:
    """The view of a network at `now`. `zone`: of its times."""
    today = now.astimezone(zone).date()
    return DatasetView(
        licence_name(network.licence),
        tuple(_counts(network.schedule)) if network.schedule else (),
        _ends(network.schedule, today) if network.schedule else None,
        tuple(_address(each, now, zone) for each in network.real_time),
    )


def licence_name(licence: str | None) -> str | None:
    """The usual name of a licence; the identifier itself if it is not known."""
    plain = "".join(each for each in (licence or "").casefold() if each.isalnum())
    known = (name for start, name in _LICENCES.items() if plain.startswith(start))
    return next(known, licence)


def _counts(schedule: Schedule) -> Iterator[tuple[str, str]]:
    texts = texts_of("donnees")
    for name in _COUNTED:
        if name in schedule.counts:
            yield texts[f"count_{name}"], quantities.count(schedule.counts[name])


def _ends(schedule: Schedule, today: date) -> str | None:
    if schedule.validity is None:
        return None
    texts, days = texts_of("donnees"), (schedule.validity[1] - today).days
    if days < 0:
        return texts["ended"]
    if days == 0:
        return texts["ends_today"]
    if days > _SOON_DAYS:
        return None
    return texts["ends_tomorrow"] if days == 1 else texts["ends_soon"].format(n=days)


def _address(source: Source, now: datetime, zone: ZoneInfo) -> AddressView:
    texts = texts_of("donnees")
    types = [name for name in _ENTITIES if name in source.entity_types]
    published = ", ".join(texts[f"entity_{name}"] for name in types)
    doubts = [each.message for each in source.notes if each.message]
    if source.last_error is not None:
        doubts.insert(0, source.last_error.message)
    return AddressView(
        words.upper_first(published or texts["entity_unknown"]),
        _state(source, now, zone),
        source.is_live,
        tuple(_facts(source)),
        tuple(doubts),
    )


def _state(source: Source, now: datetime, zone: ZoneInfo) -> str:
    texts = texts_of("donnees")
    if source.updated_at is None:
        return texts["source_never"]
    if source.is_live:
        return texts["source_live"].format(age=words.age(source.updated_at, now))
    return texts["source_silent"].format(since=words.moment(source.updated_at.astimezone(zone)))


def _facts(source: Source) -> Iterator[str]:
    """How many entities its last message has, and how many of them are about a known run."""
    texts = texts_of("donnees")
    for name in _ENTITIES:
        if count := source.entities.get(name):
            yield texts[f"{name}_one" if count == 1 else f"{name}_count"].format(n=count)
    known = source.matched + source.added
    if total := known + source.unmatched:
        yield texts["matched"].format(share=quantities.percent(known / total))
