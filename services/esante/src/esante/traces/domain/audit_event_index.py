"""The index entries of AuditEvents of traces, of which a whole day has a few hundred different
callers and interactions: what they have in common is indexed once."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import orjson

from esante.core.domain.append_only import APPEND_ONLY
from esante.search.domain.extraction_plan import PLANS
from esante.search.domain.indexing import index
from esante.store.domain.index_rows import IndexEntries

_OF_ONE: Final = ("id", "period", "recorded", "entity")
"""Members that differ from event to event."""
_MOST_CACHED: Final = 2_000


class AuditEventIndex:
    """Indexes AuditEvents as `index` does. `base`: the FHIR base as callers see it.

    No search parameter of R4 combines a member of one event with those of several: the entries of
    an AuditEvent are those of its two halves together. An uploaded one can.
    """

    def __init__(self, base: str) -> None:
        self._index = partial(index, base=base)
        self._cached: dict[bytes, IndexEntries] = {}
        """The entries of the members that many events have, by their JSON."""

    def of(self, event: Mapping[str, Any]) -> IndexEntries:
        """The index entries of an event, without `meta`."""
        if PLANS[APPEND_ONLY].definitions:
            return self._index(event)
        common = {name: value for name, value in event.items() if name not in _OF_ONE}
        key = orjson.dumps(common)
        if (found := self._cached.get(key)) is None:
            if len(self._cached) >= _MOST_CACHED:
                self._cached.clear()
            found = self._cached[key] = self._index(common)
        own = {name: event[name] for name in _OF_ONE if name in event}
        return _together(found, self._index({"resourceType": APPEND_ONLY, **own}))


def _together(one: IndexEntries, other: IndexEntries) -> IndexEntries:
    return IndexEntries(
        tokens=one.tokens | other.tokens,
        refs=one.refs | other.refs,
        strings=one.strings + tuple(each for each in other.strings if each not in one.strings),
        uris=one.uris + other.uris,
        dates=one.dates + other.dates,
        quantities=one.quantities + other.quantities,
        references=tuple(dict.fromkeys(one.references + other.references)),
        patients=tuple(dict.fromkeys(one.patients + other.patients)),
        date=other.date,
        codes=one.codes | other.codes,
        about=None,
    )
