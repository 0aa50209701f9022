"""The rows of uploaded search parameters, written in the transaction of each version of a
SearchParameter."""

from collections.abc import Sequence
from typing import Any, Final

from esante.search.domain.definitions import SearchParameter
from esante.search.domain.uploaded_definition import SEARCH_PARAMETER, public_code
from esante.search.domain.uploaded_parameters import UploadedParameters
from esante.store.ports import Change
from socle.errors import Refusal
from socle.postgres import Connection, Pool, reachable

MAX_UPLOADED: Final = 100
"""Uploaded search parameters, counted for each of their types."""
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('esante.search_parameter', 0))"
_OWN: Final = "DELETE FROM search_parameter WHERE id = $1 RETURNING stored, added, place, state"
_OTHERS: Final = "SELECT base, code FROM search_parameter"
_ADD: Final = """
INSERT INTO search_parameter (base, code, id, stored, definition, added, place, state)
VALUES ($1, $2, $3, $4, $5, coalesce($6, now()), coalesce($7, -1), coalesce($8, 'indexing'))"""
_LIST: Final = "SELECT base, code, stored, definition, state FROM search_parameter"


class SearchParameterRows:
    """Implements `AttachedRows` for the type SearchParameter. What a change attaches are the
    parameters that it defines."""

    def concern(self, change: Change) -> bool:
        """Every change of that type has rows."""
        return True

    async def write(self, connection: Connection, change: Change) -> None:
        """Raises Refusal, rule `unprocessable`, for a code that another one defines, and beyond
        `MAX_UPLOADED`."""
        defined: Sequence[SearchParameter] = change.attached or ()  # type: ignore[assignment]
        await connection.execute(_LOCK)
        own = {row["stored"]: row for row in await connection.fetch(_OWN, change.id)}
        if not defined:
            return
        others = {(row["base"], row["code"]) for row in await connection.fetch(_OTHERS)}
        if len(others) + len(defined) > MAX_UPLOADED:
            raise _refusal("base", f"Ce serveur prend {MAX_UPLOADED} paramètres définis au plus.")
        for each in defined:
            code = public_code(each)
            if (each.base, code) in others:
                raise _refusal(
                    "code", f"« code » : un autre SearchParameter définit {code} de {each.base}."
                )
            # An unchanged definition stays searchable.
            before = own.get(each.code)
            unchanged = (
                (before["added"], before["place"], before["state"]) if before else (None,) * 3
            )
            await connection.execute(
                _ADD, each.base, code, change.id, each.code, _definition(each), *unchanged
            )


async def list_uploaded(pool: Pool) -> UploadedParameters:
    """The stored uploaded parameters. Raises Retry without the database."""
    with reachable():
        rows = await pool.fetch(_LIST)
    found: dict[str, dict[str, dict[str, SearchParameter]]] = {"ready": {}, "indexing": {}}
    for row in rows:
        of_type = found[row["state"]].setdefault(row["base"], {})
        of_type[row["code"]] = _parameter(row["stored"], row["base"], row["definition"])
    return UploadedParameters(found["ready"], found["indexing"])


def _definition(parameter: SearchParameter) -> dict[str, Any]:
    return {
        "type": parameter.type,
        "expression": parameter.expression,
        "targets": list(parameter.targets),
    }


def _parameter(stored: str, base: str, definition: dict[str, Any]) -> SearchParameter:
    targets = tuple(definition["targets"])
    return SearchParameter(
        stored, definition["type"], base, definition["expression"], targets, uploaded=True
    )


def _refusal(element: str, sentence: str) -> Refusal:
    expression = [f"{SEARCH_PARAMETER}.{element}"]
    return Refusal(
        "invalid", sentence, rule="unprocessable", issue="duplicate", expression=expression
    )
