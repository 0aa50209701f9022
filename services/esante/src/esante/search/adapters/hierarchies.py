"""Looks up the resources below or above others in a hierarchy, before a search.
https://hl7.org/fhir/R4/search.html#recursive
"""

from typing import Final

from esante.search.adapters.criteria_sql import criterion_sql
from esante.search.adapters.statement_builder import Statement
from esante.search.adapters.statements import BoundStatement
from esante.search.domain.query.criteria import InHierarchy, References
from esante.search.domain.query.limits import MAX_CODES, too_costly
from esante.store.domain.index_keys import ref_element
from socle.errors import Refusal
from socle.postgres import Connection

_MAX_LEVELS: Final = 50


async def resolve_hierarchy(connection: Connection, criterion: InHierarchy) -> References:
    """The references to the resources of a hierarchy that the caller can search, and to the roots.

    Raises Refusal if there are too many, and if one of them is below itself.
    """
    statement, arguments = _statement(criterion)
    rows = await connection.fetch(statement, *arguments)
    if any(row["cyclic"] for row in rows):
        raise Refusal(
            "invalid",
            f"Une ressource {criterion.resource_type} de cette hiérarchie fait partie d'elle-même :"
            " la recherche n'aurait pas de fin.",
            issue="business-rule",
        )
    if len(rows) > MAX_CODES or any(row["level"] >= _MAX_LEVELS for row in rows):
        raise too_costly(
            f"Cette hiérarchie a plus de {MAX_CODES} ressources ou de {_MAX_LEVELS} niveaux."
        )
    keys = dict.fromkeys((*criterion.roots, *(row["self"] for row in rows)))
    return References(tuple(ref_element(criterion.parameter, each) for each in keys))


def _statement(criterion: InHierarchy) -> BoundStatement:
    """Selects `self`, `level` and `cyclic` of the roots and of what is below or above them.

    Upwards, an element of `refs` of another parameter yields a key that no resource has.
    """
    statement = Statement()
    row = statement.row((criterion.resource_type,))
    roots = statement.bind(criterion.roots, "bigint[]")
    part_of = statement.bind(criterion.part_of, "bigint")
    assert criterion.permitted is not None
    permitted = f"{row.typed} AND ({criterion_sql(criterion.permitted, row, statement)})"
    name, source = row.name, row.source
    if criterion.direction == "below":
        step = f"JOIN {source} ON {name}.refs @> ARRAY[t.self # {part_of}] WHERE {permitted}"
    else:
        other = statement.row((criterion.resource_type,))
        step = (
            f"JOIN {other.source} ON {other.name}.self = t.self AND {other.typed}"
            f" AND ({criterion_sql(criterion.permitted, other, statement)})"
            f" CROSS JOIN LATERAL unnest({other.name}.refs) AS e(element)"
            f" JOIN {source} ON {name}.self = e.element # {part_of} WHERE {permitted}"
        )
    limit = statement.bind(MAX_CODES + 1, "int")
    levels = statement.bind(_MAX_LEVELS, "int")
    sql = f"""
WITH RECURSIVE tree(self, level) AS (
    SELECT k, 0 FROM unnest({roots}) AS k
    UNION ALL
    SELECT {name}.self, t.level + 1 FROM tree t {step} AND t.level < {levels}
) CYCLE self SET cyclic USING path
SELECT self, level, cyclic FROM tree LIMIT {limit}"""  # noqa: S608
    return sql, statement.arguments
