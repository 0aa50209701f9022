"""The passages of a service date: what was observed, over what was planned."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mobilite.passages.domain.passage import NOT_MADE
from mobilite.passages.domain.passage_table import FORECASTS, SCHEMA

_KEY: Final = ("trip_id", "start_time", "stop_sequence")
_ORDER: Final = ("route_id", "start_time", "trip_id", "stop_sequence", "source")
_COALESCED: Final = (*FORECASTS, "cancelled_known_at")
"""The last value that is known counts (of `cancelled_known_at` the first one); of the others, that
of the last row."""
_POSITION_BITS: Final = 15


def merge_passages(planned: pa.Table, reported: pa.Table) -> pa.Table:
    """The rows of a service date of a feed, in the order of its runs. `planned`: as
    `planned_table`; `reported`: as `passage_table`, the newest last."""
    # One dictionary of texts for both, so that calls can be compared by number.
    both = pa.concat_tables([planned, reported.select(SCHEMA.names)]).unify_dictionaries()
    keys = _keys(both.combine_chunks())
    planned, planned_keys = both.slice(0, len(planned)), keys[: len(planned)]
    reported, reported_keys = both.slice(len(planned)), keys[len(planned) :]
    sources = [each for each in ("predictions", "positions") if _has_source(reported, each)]
    if not sources:
        return _ordered(planned)
    known = {source: _newest(reported, reported_keys, source) for source in sources}
    parts = list[pa.Table]()
    for source, (rows, row_keys) in known.items():
        if source == "positions" and "predictions" in known:
            rows, row_keys = _with_decisions(rows, row_keys, *known["predictions"])
        missing = planned.filter(pa.array(~np.isin(planned_keys, row_keys)))
        parts += [_labelled(rows, source), _labelled(missing, source)]
    return _ordered(pa.concat_tables(parts))


def replace_plan(before: pa.Table, planned: pa.Table, now: int) -> pa.Table:
    """The planned calls of a service date after a new timetable at `now` (POSIX seconds): the runs
    that had started are those of the timetable before. Both: as `planned_table`."""
    both = pa.concat_tables([before, planned]).unify_dictionaries()
    keys = _keys(both.combine_chunks())
    runs, first = keys >> _POSITION_BITS, keys & (2**_POSITION_BITS - 1) == 0
    started = first & (both["scheduled_departure"].cast(pa.int64()).to_numpy() < now)
    old = np.arange(len(both)) < len(before)
    started_before, started_anew = runs[started & old], runs[started & ~old]
    stays = np.where(old, np.isin(runs, started_before), ~np.isin(runs, started_anew))
    # A run that both have, moved to later: it counts once.
    stays &= old | ~np.isin(runs, started_before)
    return both.filter(pa.array(stays))


def _with_decisions(
    rows: pa.Table, keys: Any, decided: pa.Table, decided_keys: Any
) -> tuple[pa.Table, Any]:
    """Rows by positions, with what operators decide: a stop that is skipped is passed, not served.
    `decided`: the rows by predictions."""
    skipped = decided_keys[pc.equal(decided["state"], "skipped").to_numpy()]
    served = ~np.isin(keys, skipped)
    rows, keys = rows.filter(pa.array(served)), keys[served]
    not_made = pc.is_in(decided["state"], pa.array(NOT_MADE)).to_numpy()
    not_made &= ~np.isin(decided_keys, keys)
    rows = pa.concat_tables([rows, decided.filter(pa.array(not_made))])
    return rows, np.concatenate([keys, decided_keys[not_made]])


def _keys(table: pa.Table) -> Any:
    """A number for each call of a run. Equal for the rows of one call."""
    trips = table["trip_id"].chunk(0).indices.to_numpy() if len(table) else np.empty(0, np.int32)
    starts = table["start_time"].to_numpy().astype(np.int64)
    positions = table["stop_sequence"].to_numpy().astype(np.int64)
    # A start has 19 bits and a sign, a position 15: the numbers of trips have 28.
    return (((trips.astype(np.int64) << 20) + starts + 2**18) << _POSITION_BITS) + positions


def _has_source(table: pa.Table, source: str) -> bool:
    return bool(pc.any(pc.equal(table["source"], source)).as_py())


def _newest(table: pa.Table, keys: Any, source: str) -> tuple[pa.Table, Any]:
    """Of each call the last row of a source, and its key."""
    chosen = pc.equal(table["source"], source)
    keys, table = keys[chosen.to_numpy()], table.filter(chosen)
    unique, reverse = np.unique(keys[::-1], return_index=True)
    rows = table.take(pa.array(len(keys) - 1 - reverse))
    for name in _COALESCED:
        column = table[name].combine_chunks()
        valid = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
        if not len(valid):
            continue
        if name == "cancelled_known_at":
            known, first = np.unique(keys[valid], return_index=True)
        else:
            known, first = np.unique(keys[valid][::-1], return_index=True)
            first = len(valid) - 1 - first
        places = np.searchsorted(known, unique).clip(max=len(known) - 1)
        found = pa.array(valid[first[places]], mask=known[places] != unique)
        index = table.schema.get_field_index(name)
        rows = rows.set_column(index, table.schema.field(name), column.take(found))
    made = pc.is_in(rows["state"], pa.array(NOT_MADE))
    index = rows.schema.get_field_index("cancelled_known_at")
    known_at = pc.if_else(made, rows["cancelled_known_at"], None)
    return rows.set_column(index, SCHEMA.field(index), known_at), unique


def _labelled(table: pa.Table, source: str) -> pa.Table:
    """The rows as those of a source."""
    index = table.schema.get_field_index("source")
    column = pa.DictionaryArray.from_arrays(np.zeros(len(table), np.int32), pa.array([source]))
    return table.set_column(index, SCHEMA.field(index), column)


def _ordered(table: pa.Table) -> pa.Table:
    plain = pa.table({name: _plain(table[name]) for name in _ORDER})
    order = pc.sort_indices(plain, sort_keys=[(name, "ascending") for name in _ORDER])
    return table.unify_dictionaries().take(order).combine_chunks()


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
