"""The statement that lists the labels in `meta` of the matches of a search."""

from typing import Final

from esante.search.adapters.criteria_sql import criterion_sql
from esante.search.adapters.statement_builder import Statement
from esante.search.adapters.statements import BoundStatement, Branches
from esante.search.domain.query.criteria import Tokens
from esante.store.domain.index_keys import parameter_key, present_element

# ruff: noqa: S608 - values are arguments
MAX_LABELS: Final = 2_000
_MAX_BYTES: Final = 1024 * 1024
"""Of all labels: a display can be megabytes."""
_PARAMETERS: Final = ("_profile", "_security", "_tag")
_LABELS: Final = """
SELECT kind, CASE WHEN bytes <= {max_bytes} THEN label END AS label, bytes > {max_bytes} AS beyond
FROM (
    SELECT kind, label,
        sum(octet_length(label::text)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
    FROM (
        SELECT DISTINCT k.kind, e.label FROM ({metas}) m(meta)
        CROSS JOIN (VALUES ('profile'), ('security'), ('tag')) AS k(kind)
        CROSS JOIN LATERAL jsonb_array_elements(
            CASE jsonb_typeof(m.meta -> k.kind) WHEN 'array' THEN m.meta -> k.kind ELSE '[]' END
        ) AS e(label)
        LIMIT {limit}
    ) found
) sized"""


def labels_statement(found: Branches) -> BoundStatement:
    """Selects `kind` and `label` of each distinct label; one more than `MAX_LABELS` at most.
    `beyond`: whether it is left out, since they are too long together."""
    statement = Statement()
    metas = []
    for types, criterion in found:
        row = statement.row(types)
        present = Tokens(
            tuple(
                present_element(parameter_key(each, code)) for each in types for code in _PARAMETERS
            )
        )
        where = " AND ".join(
            f"({criterion_sql(each, row, statement)})" for each in (present, criterion)
        )
        metas.append(
            f"SELECT {row.name}.content::jsonb -> 'meta' FROM {row.source}"
            f" WHERE {row.typed} AND {where}"
        )
    limit = statement.bind(MAX_LABELS + 1, "int")
    max_bytes = statement.bind(_MAX_BYTES, "int")
    sql = _LABELS.format(metas=" UNION ALL ".join(metas), limit=limit, max_bytes=max_bytes)
    return sql, statement.arguments
