"""The passages of a service date: what was observed, over what was planned."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mobilite.passages.domain.passage import NOT_MADE
from mobilite.passages.domain.passage_table import FORECASTS, SCHEMA

_KEY: Final = ("trip_id", "start_time", "stop_sequence")
_ORDER: Final = ("route_id", "start_time", "trip_id", "stop_sequence", "source")
_KNOWN_AT: Final = "cancelled_known_at"
_POSITION_BITS: Final = 15


def merge_passages(planned: pa.Table, reported: pa.Table) -> pa.Table:
    """The rows of a service date of a feed, in the order of its runs. `planned`: as
    `planned_table`; `reported`: as `passage_table`, the newest last."""
    # One dictionary of texts for both, so that calls can be compared by number.
    both = pa.concat_tables([planned, reported.select(SCHEMA.names)]).unify_dictionaries()
    keys = _keys(both.combine_chunks())
    planned, planned_keys = both.slice(0, len(planned)), keys[: len(planned)]
    reported, reported_keys = both.slice(len(planned)), keys[len(planned) :]
    # Runs of a timetable before, or that run only when booked, are not planned.
    added = pc.is_null(reported["scheduled_departure"]).to_numpy()
    counted = np.isin(reported_keys, planned_keys) | added
    reported, reported_keys = reported.filter(pa.array(counted)), reported_keys[counted]
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
    not_made = _is_not_made(decided) & ~np.isin(decided_keys, keys)
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
    """Of each call the last row of a source, and its key. Of a forecast the last value that is
    known counts; of when a call was cancelled the first one since it was last made."""
    chosen = pc.equal(table["source"], source)
    keys, table = keys[chosen.to_numpy()], table.filter(chosen)
    by_call = _without_late_decisions(table, keys)
    keys, places = keys[by_call], np.arange(len(by_call))
    ends = np.append(keys[1:] != keys[:-1], True)
    call, unique = np.cumsum(ends) - ends, keys[ends]
    rows = table.take(pa.array(by_call[ends]))
    for name in FORECASTS:
        last = _last_places(call, _valid(table[name])[by_call])
        rows = _with_values(rows, table, name, by_call, last)
    made = _last_places(call, ~_is_not_made(table)[by_call])
    decided = _valid(table[_KNOWN_AT])[by_call] & (places > made[call])
    first = np.full(len(unique), -1)
    first[call[decided][::-1]] = places[decided][::-1]
    return _with_values(rows, table, _KNOWN_AT, by_call, first), unique


def _without_late_decisions(table: pa.Table, keys: Any) -> Any:
    """The numbers of the rows, by call and the oldest first, without those that cancel a call that
    was observed, and those that restore it then: a process that has started again does not know
    what happened before."""
    order = np.argsort(keys, kind="stable")
    keys, not_made = keys[order], _is_not_made(table)[order]
    first = np.append(True, keys[1:] != keys[:-1])
    restores = np.append(False, not_made[:-1]) & ~first
    restores &= pc.equal(table["state"], "not_observed").to_numpy()[order]
    decides = not_made | restores
    # For each row, the last one of its call that decides nothing, or the first one.
    before = np.maximum.accumulate(np.where(first | ~decides, np.arange(len(order)), 0))
    observed = pc.equal(table["state"], "observed").to_numpy()[order]
    return order[~(decides & observed[before])]


def _is_not_made(table: pa.Table) -> Any:
    return pc.is_in(table["state"], pa.array(NOT_MADE)).to_numpy()


def _valid(column: pa.ChunkedArray) -> Any:
    return column.is_valid().to_numpy()


def _last_places(call: Any, chosen: Any) -> Any:
    """Of each call the place of the last row that is chosen; -1: none. `call`: the number of the
    call of each row."""
    places = np.full(call[-1] + 1, -1)
    places[call[chosen]] = np.flatnonzero(chosen)
    return places


def _with_values(rows: pa.Table, table: pa.Table, name: str, by_call: Any, places: Any) -> pa.Table:
    """The rows with the values of a column at other places; -1: none."""
    found = pa.array(by_call[places.clip(min=0)], mask=places < 0)
    index = table.schema.get_field_index(name)
    return rows.set_column(index, SCHEMA.field(index), table[name].take(found))


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
