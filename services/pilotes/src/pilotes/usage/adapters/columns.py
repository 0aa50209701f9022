"""Columns of a result as bytes: one row, and no object for each of tens of thousands of values.

A statement packs a column with `packed_integers` or `packed_floats`; the functions without
`packed_` read it. PostgreSQL sends numbers in network byte order.
"""

import numpy as np

from pilotes.disclosure.domain.measure import Floats, Integers


def packed_integers(expression: str, order: str) -> str:
    """The SQL aggregate of integers, none of them NULL. `order`: the SQL order of the rows."""
    return f"string_agg(int8send({expression}), ''::bytea ORDER BY {order})"


def packed_floats(expression: str, order: str) -> str:
    """The SQL aggregate of floats, none of them NULL. `order`: the SQL order of the rows."""
    return f"string_agg(float8send({expression}), ''::bytea ORDER BY {order})"


def integers(packed: bytes | None) -> Integers:
    """The integers of a packed column; none from NULL, the aggregate of no rows."""
    return np.frombuffer(packed or b"", ">i8").astype(np.int64)


def floats(packed: bytes | None) -> Floats:
    """The floats of a packed column; none from NULL, the aggregate of no rows."""
    return np.frombuffer(packed or b"", ">f8").astype(np.float64)
