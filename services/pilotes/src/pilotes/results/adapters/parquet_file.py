"""Results as a Parquet file that describes its columns."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pilotes.results.domain.figure_table import COLUMNS, ColumnType, Row

_TYPES: Final[Mapping[ColumnType, Any]] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


def parquet_file(rows: Sequence[Row], licence: str) -> bytes:
    """The file of those rows. `licence`: its name, for the metadata."""
    schema = pa.schema(
        [
            pa.field(each.name, _TYPES[each.type], metadata={"description": each.about})
            for each in COLUMNS
        ],
        metadata={"licence": licence},
    )
    columns = {each.name: [row[each.name] for row in rows] for each in COLUMNS}
    written = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema), written)
    return written.getvalue()
