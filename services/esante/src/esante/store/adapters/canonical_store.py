"""The lookup of resources by canonical, in PostgreSQL."""

from esante.store.adapters.partitions import partition_of
from esante.store.domain.index_keys import parameter_key, uri_element
from socle.postgres import Pool, reachable

_FIND = """
SELECT content FROM {table}
WHERE type = $1 AND tokens @> ARRAY[$2::bigint]
ORDER BY updated DESC LIMIT 1"""

_FIND_BY_ID = "SELECT content FROM {table} WHERE type = $1 AND id = $2"


class PostgresCanonicals:
    """Implements `Canonicals`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, resource_type: str, url: str) -> bytes | None:
        element = uri_element(parameter_key(resource_type, "url"), url)
        return await self._fetch(_FIND, resource_type, element)

    async def find_by_id(self, resource_type: str, resource_id: str) -> bytes | None:
        return await self._fetch(_FIND_BY_ID, resource_type, resource_id)

    async def _fetch(self, statement: str, resource_type: str, value: str | int) -> bytes | None:
        selected = statement.format(table=partition_of(resource_type))
        with reachable():
            text = await self._pool.fetchval(selected, resource_type, value)
        return None if text is None else str(text).encode()
