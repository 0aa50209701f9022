"""What a feed says of trips that the vehicle of another trip goes on as.

    transfer_type 4   the vehicle goes on as the other trip, and people can stay aboard
    transfer_type 5   it does, but people have to get off
    block_id          the trips of a block are made by one vehicle, one after the other

A row counts more than a block: where trips have rows of type 4, the block says nothing of what
follows the one or precedes the other. A trip of frequencies.txt is in no block and has no row: it
is not defined which of its runs would be meant.
https://gtfs.org/documentation/schedule/reference/#transferstxt
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from mobilite.timetable.domain.timetable import I32, Timetable

IN_SEAT: Final = 4
"""The transfer_type "in-seat transfer"."""
RE_BOARD: Final = 5
"""The transfer_type "people have to get off and board again"."""


@dataclass(frozen=True, slots=True, eq=False)
class TripLinks:
    """The links of one feed, or of a network. Trips and stops are rows, or numbers of the
    network."""

    in_seat: I32
    """[n, 2]: pairs of trips, the second of which people can stay aboard for."""
    apart: I32
    """[n, 2]: pairs of trips for which people have to get off."""
    block: I32
    """[trips]: the number of the trip's block; -1 for none."""
    place: I32
    """[stops]: the same number for the stops of a station, and for those of the same name."""

    def are_linked(self, trip: int, other: int) -> bool:
        """Whether people can stay aboard, if the vehicle of the first trip goes on as the other."""
        pair = (trip, other)
        if (self.apart == pair).all(axis=1).any():
            return False
        same_block = 0 <= self.block[trip] == self.block[other]
        return bool(same_block or (self.in_seat == pair).all(axis=1).any())

    def __bool__(self) -> bool:
        return bool(len(self.in_seat)) or bool((self.block >= 0).any())


def trip_links_of(feed: Timetable) -> TripLinks:
    """Read the links of a feed. Computed once per feed version."""
    pairs: dict[int, list[tuple[int, int]]] = {IN_SEAT: [], RE_BOARD: []}
    for row in feed.notes.rows("transfers_by_trip"):
        transfer_type = int(row.get("transfer_type") or 0)
        trips = [_trip(feed, row.get(f"{end}_trip_id", "")) for end in ("from", "to")]
        if transfer_type in pairs and None not in trips:
            source, target = (trip for trip in trips if trip is not None)
            pairs[transfer_type].append((source, target))
    apart = _pairs(pairs[RE_BOARD])
    in_seat = _pairs(pair for pair in pairs[IN_SEAT] if pair not in {*pairs[RE_BOARD]})
    block = np.where(feed.trip_start < 0, feed.trip_block, -1).astype(np.int32)
    stops = len(feed.stop_ids)
    names = {name: stop for stop, name in enumerate(feed.stop_names) if name}
    by_name = [names.get(name, stop) for stop, name in enumerate(feed.stop_names)]
    station = np.where(feed.stop_parent >= 0, feed.stop_parent, np.arange(stops))
    return TripLinks(in_seat, apart, block, np.array(by_name, np.int32)[station])


def join_links(links: Sequence[TripLinks], trip_first: I32, stop_first: I32) -> TripLinks:
    """The links of several feeds as those of a network. `trip_first`, `stop_first`: the number of
    each feed's first trip and stop."""
    trips, stops = trip_first.tolist(), stop_first.tolist()
    blocks = np.cumsum([0, *(int(each.block.max(initial=-1)) + 1 for each in links)]).tolist()
    none, no_pairs = np.empty(0, np.int32), np.empty((0, 2), np.int32)
    by_feed = [*zip(links, trips, stops, blocks, strict=False)]
    block = [
        np.where(each.block >= 0, each.block + first, -1).astype(np.int32)
        for each, _, _, first in by_feed
    ]
    return TripLinks(
        in_seat=np.concatenate([no_pairs, *(each.in_seat + t for each, t, *_ in by_feed)]),
        apart=np.concatenate([no_pairs, *(each.apart + t for each, t, *_ in by_feed)]),
        block=np.concatenate([none, *block]),
        place=np.concatenate([none, *(each.place + stop for each, _, stop, _ in by_feed)]),
    )


def _trip(feed: Timetable, trip_id: str) -> int | None:
    """The row of a trip that has one run a day."""
    row = feed.trip_ids.index_of(trip_id) if trip_id else None
    return None if row is None or feed.trip_start[row] >= 0 else row


def _pairs(pairs: Iterable[tuple[int, int]]) -> I32:
    return np.array(sorted({*pairs}), np.int32).reshape(-1, 2)
