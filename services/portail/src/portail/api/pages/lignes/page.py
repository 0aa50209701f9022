"""`GET /lignes`: the lines of a search, of a network, or of all networks if they are few."""

from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import Query, Response

from portail.api.pages.lignes.line_names import mode_name, order_of, ways_of
from portail.api.parameters import Cursor, Name
from portail.api.texts import texts_of
from portail.domain.found_places import is_name
from portail.domain.lines import ListedLine
from portail.domain.networks import NetworkList
from portail.flows.list_lines import FoundLines, list_lines
from portail.ports import PublicApi
from socle.http import Router
from socle.pages import FOR_A_MINUTE, Pages, page_request

Mode = Literal["", "2", "0", "1", "3", "4"]
"""The route_type of GTFS that a reader chooses; empty: any."""
MODES: Final = ("2", "0", "1", "3", "4")
Id = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the list."""

    line: ListedLine
    ways: str
    """Where it goes: « Gare ↔ Hôpital », or its name."""
    disrupted: bool


@dataclass(frozen=True, slots=True)
class ModeLines:
    """The lines of one mode of a network."""

    name: str
    """« Tramway »."""
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class NetworkLines:
    """The lines of one network."""

    id: str
    name: str
    count: int
    modes: tuple[ModeLines, ...]
    disrupted: int
    """How many of them are disrupted."""


def lines_router(api: PublicApi, pages: Pages) -> Router:
    """The router of the list of lines."""
    router = Router(include_in_schema=False)

    @router.get("/lignes")
    async def lines(
        q: Name = "", reseau: Id = "", mode: Mode = "", suite: Cursor = None
    ) -> Response:
        text = q.strip()
        found = await list_lines(
            api,
            language=page_request().language,
            name=text if is_name(text) else None,
            feed=reseau or None,
            route_type=int(mode) if mode else None,
            cursor=suite,
        )
        chosen = bool(is_name(text) or reseau or mode or suite)
        query = {"q": text, "reseau": reseau, "mode": mode}
        too_many = not chosen and found.page.next is not None and found.networks is not None
        return pages.answer(
            "lignes/page.html",
            cache=FOR_A_MINUTE,
            q=text,
            reseau=reseau,
            mode=mode,
            modes=MODES,
            choisi=chosen,
            reseaux=() if found.networks is None else found.networks.feeds,
            par_reseau=too_many,
            groupes=() if too_many else _by_network(found),
            inconnu=found.disrupted is None,
            suite=_address({**query, "suite": found.page.next}) if found.page.next else None,
        )

    return router


def _by_network(found: FoundLines) -> tuple[NetworkLines, ...]:
    disrupted = found.disrupted or frozenset()
    return tuple(
        _network(feed, tuple(lines), found.networks, disrupted)
        for feed, lines in groupby(found.page.routes, key=lambda line: line.feed)
    )


def _network(
    feed: str,
    lines: tuple[ListedLine, ...],
    networks: NetworkList | None,
    disrupted: frozenset[str],
) -> NetworkLines:
    texts = texts_of("lignes")
    modes: dict[str, list[LineView]] = {}
    for line in sorted(lines, key=order_of):
        view = LineView(line, ways_of(line, texts), line.id in disrupted)
        modes.setdefault(mode_name(line, texts), []).append(view)
    return NetworkLines(
        feed,
        feed if networks is None else networks.named(feed),
        len(lines),
        tuple(ModeLines(name, tuple(views)) for name, views in modes.items()),
        sum(line.id in disrupted for line in lines),
    )


def _address(query: dict[str, str | None]) -> str:
    return "/lignes?" + urlencode({name: value for name, value in query.items() if value})
