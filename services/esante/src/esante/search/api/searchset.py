"""Search results as a Bundle. https://hl7.org/fhir/R4/bundle.html#searchset"""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote, urlencode

import orjson

from esante.core.api.views import View, indent_json, render_view
from esante.core.domain.bundle import Entry, render_bundle
from esante.core.domain.outcome import Issue, operation_outcome
from esante.core.domain.resource import Resource
from esante.search.domain.query.model import Query
from esante.search.ports import SearchPage

_UNQUOTED: Final = ":,$/"


def searchset(
    query: Query, page: SearchPage, *, base: str, view: View, path: str | None = None
) -> bytes:
    """The JSON of the searchset Bundle of a page, with the stored texts of its resources.

    `base`: the FHIR base as callers see it. `path`: of its links below the base; None: the scope's.
    """
    within = view.without_pretty()
    entries = [
        *_entries(page.matches, "match", base, within),
        *_entries(page.included, "include", base, within),
        *([_ignored_entry(query.ignored)] if query.ignored else ()),
    ]
    links = _links(query, page, f"{base}/{query.scope.path if path is None else path}".rstrip("/"))
    rendered = render_bundle("searchset", entries, links=links, total=page.total)
    return indent_json(rendered.decode()).encode() if view.pretty else rendered


def _entries(resources: Sequence[Resource], mode: str, base: str, view: View) -> Iterator[Entry]:
    search = {"search": {"mode": mode}}
    for each in resources:
        yield Entry(
            f"{base}/{each.type}/{each.id}", render_view(each.text, each.type, view), search
        )


def _ignored_entry(sentences: Sequence[str]) -> Entry:
    issues = [Issue("warning", "not-supported", f"Laissé de côté : {each}") for each in sentences]
    return Entry(None, orjson.dumps(operation_outcome(issues)), {"search": {"mode": "outcome"}})


def _links(query: Query, page: SearchPage, address: str) -> dict[str, str]:
    links = {"self": _address(address, query.applied)}
    if page.next_cursor is not None:
        links["next"] = _address(address, (*query.applied, ("_cursor", page.next_cursor)))
    return links


def _address(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs, quote_via=quote, safe=_UNQUOTED)}" if pairs else path
