"""The files of the merged schedule whose rows are stored as published, with global ids.

A row that refers to an object which is not in the schedule is left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import orjson

from mobilite.gtfs.domain.published_files import PUBLISHED_FILES, RECORDS
from mobilite.open_data.adapters.feed_part import FeedPart, line
from mobilite.open_data.domain.merged_fares import (
    PRIORITY,
    merged_leg_rules,
    merged_transfer_rules,
    other_network,
)
from mobilite.timetable.domain.notes import Row

HEADERS: Final = {name: ",".join(columns) for name, columns in PUBLISHED_FILES.items()}
_WITH_NETWORKS: Final = ("networks", "route_networks", "fare_leg_rules")
_OWN_ROWS: Final = frozenset({"feed_info", "attributions"})
"""The tables of which the merged schedule has rows of its own."""
_TRANSLATED: Final = ("table_name", "field_name", "language", "field_value")
"""What identifies a translation by text."""


def published_lines(part: FeedPart, note: str, columns: Mapping[str, str]) -> Iterator[str]:
    """The lines of the rows of `Timetable.notes[note]`. `columns`: what each refers to."""
    return _lines(part, part.timetable.notes.rows(note), columns)


def published_file(parts: Sequence[FeedPart], file: str) -> Iterator[str]:
    """The lines of a file of all feeds."""
    if file == "translations":
        yield from _translations(parts)
        return
    by_priority = file == "fare_leg_rules" and any(map(_has_priority, parts))
    for part in parts:
        rows: Iterable[Row] = part.timetable.notes.rows(file)
        network = None
        if file == "fare_attributes":
            rows = _fares_of_agency(part, rows)
        elif file in _WITH_NETWORKS:
            network = _other_network(part)
            rows = _with_networks(part, file, network, by_priority=by_priority)
        elif file == "fare_transfer_rules":
            rules = part.timetable.notes.rows("fare_leg_rules")
            groups = dict.fromkeys(each["leg_group_id"] for each in rules if "leg_group_id" in each)
            rows = merged_transfer_rules([*rows], [*groups])
        yield from _lines(part, rows, PUBLISHED_FILES[file], network)


def locations(parts: Sequence[FeedPart]) -> Iterator[str]:
    """The pieces of locations.geojson; none if no feed has zones."""
    separator = '{"type":"FeatureCollection","features":['
    for part in parts:
        for row in part.timetable.notes.rows("locations"):
            name, geometry = part.name(row.pop("location_id")), row.pop("geometry")
            feature = {"id": name, "type": "Feature", "geometry": geometry, "properties": row}
            yield separator + orjson.dumps(feature).decode()
            separator = ",\n"
    if separator == ",\n":
        yield "]}"


def _lines(
    part: FeedPart, rows: Iterable[Row], columns: Mapping[str, str], network: str | None = None
) -> Iterator[str]:
    """The lines of the rows that refer only to what exists. `network`: one that is added."""
    references = {name: reference for name, reference in columns.items() if reference}
    for row in rows:
        if all(
            part.exists(reference, str(row[name]))
            or (name == "network_id" and row[name] == network)
            for name, reference in references.items()
            if name in row
        ):
            yield line(
                *(
                    part.name(str(row.get(name, ""))) if reference else row.get(name, "")
                    for name, reference in columns.items()
                )
            )


def _fares_of_agency(part: FeedPart, rows: Iterable[Row]) -> Iterator[Row]:
    """The fares of a feed; those of its only agency name it, as a dataset of several requires."""
    agencies = part.agencies()
    for row in rows:
        yield {"agency_id": agencies[0], **row} if len(agencies) == 1 else row


def _has_priority(part: FeedPart) -> bool:
    return any(PRIORITY in row for row in part.timetable.notes.rows("fare_leg_rules"))


def _other_network(part: FeedPart) -> str | None:
    """The network to add for the routes that are in none, if a fare rule without a network can be
    about them; else None."""
    rules = part.timetable.notes.rows("fare_leg_rules")
    if all("network_id" in rule for rule in rules) or not _other_routes(part):
        return None
    return other_network(_networks(part))


def _networks(part: FeedPart) -> list[str]:
    rows = part.timetable.notes.rows("networks")
    return [row["network_id"] for row in rows if "network_id" in row]


def _other_routes(part: FeedPart) -> list[str]:
    """The routes that are in no network."""
    placed = {row.get("route_id") for row in part.timetable.notes.rows("route_networks")}
    return [route for route in part.timetable.route_ids if route not in placed]


def _with_networks(
    part: FeedPart, file: str, network: str | None, *, by_priority: bool
) -> Iterator[Row]:
    """The rows of one of `_WITH_NETWORKS`. `network`: of `_other_network`."""
    added = [] if network is None else [network]
    rows = part.timetable.notes.rows(file)
    if file == "fare_leg_rules":
        networks = [*_networks(part), *added]
        yield from merged_leg_rules([*rows], networks, by_priority=by_priority)
        return
    yield from rows
    if file == "networks":
        yield from ({"network_id": name} for name in added)
    elif added:
        yield from ({"network_id": network, "route_id": each} for each in _other_routes(part))


def _translations(parts: Sequence[FeedPart]) -> Iterator[str]:
    """translations.txt. A text that is given itself, not the id of its record, is translated once
    for all feeds: some translate the same words."""
    columns = PUBLISHED_FILES["translations"]
    written: set[tuple[object, ...]] = set()
    for part in parts:
        for row in part.timetable.notes.rows("translations"):
            table, record = row.get("table_name"), row.get("record_id")
            reference = RECORDS.get(str(table), "")
            if table in _OWN_ROWS or (record is not None and not reference):
                continue
            if record is None:
                text = tuple(row.get(name) for name in _TRANSLATED)
                if text in written:
                    continue
                written.add(text)
            elif part.exists(reference, str(record)):
                row["record_id"] = part.name(str(record))
            else:
                continue
            yield line(*(row.get(name, "") for name in columns))
