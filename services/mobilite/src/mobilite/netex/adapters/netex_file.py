"""Writes NeTEx, French profile 2.3: a zip with one document for each feed, from the packed files.

The same version always gives the same bytes. Only the objects being written are in memory; the
packed files are mapped. docs/decisions/0095-netex.md
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Final

from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.netex.adapters.calendar_frame import calendar_objects
from mobilite.netex.adapters.feed_objects import FeedObjects, element
from mobilite.netex.adapters.network_frame import network_objects
from mobilite.netex.adapters.source_frame import SOURCE, source_objects
from mobilite.netex.adapters.stop_frame import stop_objects
from mobilite.netex.adapters.timetable_frame import timetable_objects
from mobilite.netex.domain.journey_patterns import journey_patterns
from mobilite.open_data.domain.merged_network import MergedFeed
from mobilite.timetable.adapters.packed_file import open_packed

_XSD: Final = "1.3"
_PROFILE: Final = "2.3"
_ENTRY_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The time of each file in the zip: always the same, so that the bytes are."""
_COMPRESSION_LEVEL: Final = 6
_NO_TOKEN: Final = re.compile(r"[^\w.:-]+")
"""What a ParticipantRef, an NMTOKEN, cannot contain."""
_PIECE_CHARACTERS: Final = 1 << 16
"""How much is compressed at a time."""


def write_netex(
    feeds: Sequence[MergedFeed], packed: Path, target: Path, *, publisher: tuple[str, str]
) -> int:
    """Write the zip `target` atomically. Returns its size in bytes.

    `feeds`: at least one. `packed`: the folder of the files `<sha256>.timetable`. `publisher`: name
    and address. Raises BadPackedFile if a packed file is damaged, OSError if one is missing or the
    disk is full.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(target.parent) as part:
        with zipfile.ZipFile(
            part.content, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION_LEVEL
        ) as zipped:
            for feed in feeds:
                timetable = open_packed(packed / f"{feed.sha256}.timetable")
                entry = zipfile.ZipInfo(f"{feed.feed_id}.xml", _ENTRY_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                with zipped.open(entry, "w", force_zip64=True) as file:
                    _write(file, publication(FeedObjects(feed, timetable), publisher))
        part.install(target)
    return target.stat().st_size


def _write(file: IO[bytes], pieces: Iterable[str]) -> None:
    waiting: list[str] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= _PIECE_CHARACTERS:
            file.write("".join(waiting).encode())
            waiting, length = [], 0
    file.write("".join(waiting).encode())


def publication(feed: FeedObjects, publisher: tuple[str, str]) -> Iterator[str]:
    """The document of one feed: a PublicationDelivery with one CompositeFrame, NETEX_FRANCE."""
    name, address = publisher
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<PublicationDelivery xmlns="http://www.netex.org.uk/netex"'
        f' version="{_XSD}:FR-NETEX_FRANCE-{_PROFILE}">'
    )
    published_at = feed.feed.packed_at or f"{feed.timetable.first_date}T00:00:00Z"
    yield element("PublicationTimestamp", published_at)
    yield element("ParticipantRef", _NO_TOKEN.sub("-", name))
    yield f"<dataObjects>{feed.start('CompositeFrame', 'NETEX_FRANCE')}{_header(feed, address)}"
    yield "<frames>"
    patterns = journey_patterns(feed.timetable)
    yield from _frame(feed, "NETEX_COMMUN", source_objects(feed))
    yield from _frame(feed, "NETEX_ARRET", stop_objects(feed))
    yield from _frame(feed, "NETEX_RESEAU", network_objects(feed, patterns))
    yield from _frame(feed, "NETEX_CALENDRIER", calendar_objects(feed))
    yield from _frame(feed, "NETEX_HORAIRE", timetable_objects(feed, patterns))
    yield "</frames></CompositeFrame></dataObjects></PublicationDelivery>\n"


def _header(feed: FeedObjects, address: str) -> str:
    """What is true of all frames: the dates, the codespace, the licence and the time zone."""
    timetable, feed_id = feed.timetable, feed.feed.feed_id
    language = next(filter(None, timetable.agency_languages), "")
    zone = timetable.timezones[int(timetable.agency_zone[0])]
    return (
        "<ValidBetween>"
        + element("FromDate", f"{timetable.first_date}T00:00:00")
        + element("ToDate", f"{timetable.last_date}T23:59:59")
        + "</ValidBetween>"
        + element("Name", feed.feed.name)
        + _frame_type("NETEX_FRANCE")
        + f'<codespaces><Codespace id="{feed_id}">{element("Xmlns", feed_id)}'
        + f"{element('XmlnsUrl', address)}</Codespace></codespaces>"
        + f'<FrameDefaults><DefaultCodespaceRef ref="{feed_id}"/>'
        + feed.ref("DataSource", SOURCE, "DefaultDataSource")
        + f"<DefaultLocale>{element('TimeZone', zone)}{element('DefaultLanguage', language)}"
        + "</DefaultLocale><DefaultLocationSystem>EPSG:4326</DefaultLocationSystem>"
        + "</FrameDefaults>"
    )


def _frame_type(name: str) -> str:
    """The reference to a type of frame, which the profile defines."""
    version = f"{_XSD}:FR-{name}-{_PROFILE}"
    return f'<TypeOfFrameRef ref="FR:TypeOfFrame:{name}:" versionRef="{version}"/>'


def _frame(feed: FeedObjects, name: str, objects: Iterator[str]) -> Iterator[str]:
    """The GeneralFrame of some objects; nothing if there are none: NeTEx has no empty frame."""
    first = next(objects, None)
    if first is not None:
        yield f"\n{feed.start('GeneralFrame', name)}{_frame_type(name)}<members>"
        yield from (f"\n{each}" for each in chain([first], objects))
        yield "</members></GeneralFrame>"
