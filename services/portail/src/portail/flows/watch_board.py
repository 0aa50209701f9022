"""Live boards: one stream of the API per stop and language, with what has changed in each board."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from portail.domain.board import Board
from portail.domain.changes import Change, changes
from portail.flows.shared_streams import SharedStreams
from portail.ports import PublicApi

LINES: Final = 20
"""Departures on a board."""
MAX_STOPS: Final = 2_000
"""Stops followed at once, counted once per language."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class BoardUpdate:
    """A new board of a stop. Compared by identity: it is the key under which it is rendered once
    for all listeners."""

    board: Board
    changes: tuple[Change, ...] = ()
    """Since the previous board."""


class WatchedStops:
    """The stops with at least one listener. While the API is unavailable, their boards are marked
    late."""

    def __init__(self, api: PublicApi) -> None:
        self._api = api
        self._streams = SharedStreams(_update, interrupted=_late, most_streams=MAX_STOPS)

    def listen(self, stop_id: str, *, language: str) -> AsyncGenerator[BoardUpdate | None, None]:
        """The boards of a stop in a language, as `SharedStreams.listen`."""
        open_stream = partial(self._api.watch_board, stop_id, language=language, limit=LINES)
        return self._streams.listen((stop_id, language), open_stream)


def _update(before: BoardUpdate | None, board: Board) -> BoardUpdate:
    return BoardUpdate(board, () if before is None else changes(before.board, board))


def _late(latest: BoardUpdate) -> BoardUpdate:
    return BoardUpdate(replace(latest.board, late=True))
