"""The statement that lists the labels in `meta` of the matches of a search."""

from typing import Final

from esante.search.adapters.criteria_sql import criterion_sql
from esante.search.adapters.statement_builder import Statement
from esante.search.adapters.statements import BoundStatement, Branches
from esante.search.domain.query.criteria import Tokens
from esante.store.domain.index_keys import parameter_key, present_element

# ruff: noqa: S608 - values are arguments
MAX_LABELS: Final = 2_000
_PARAMETERS: Final = ("_profile", "_security", "_tag")
_LABELS: Final = """
SELECT DISTINCT k.kind, e.label FROM ({metas}) m(meta)
CROSS JOIN (VALUES ('profile'), ('security'), ('tag')) AS k(kind)
CROSS JOIN LATERAL jsonb_array_elements(
    CASE jsonb_typeof(m.meta -> k.kind) WHEN 'array' THEN m.meta -> k.kind ELSE '[]' END
) AS e(label)
LIMIT {limit}"""


def labels_statement(found: Branches) -> BoundStatement:
    """Selects `kind` and `label` of each distinct label; one more than `MAX_LABELS` at most."""
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
    return _LABELS.format(metas=" UNION ALL ".join(metas), limit=limit), statement.arguments
