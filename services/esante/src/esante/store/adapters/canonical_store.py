"""The lookup of resources by canonical, in PostgreSQL."""

from esante.store.adapters.partitions import partition_of
from esante.store.domain.index_keys import parameter_key, uri_element
from socle.postgres import Pool, reachable

_FIND = """
SELECT content FROM {table}
WHERE type = $1 AND tokens @> ARRAY[$2::bigint]
ORDER BY updated DESC LIMIT 1"""


class PostgresCanonicals:
    """Implements `Canonicals`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, resource_type: str, url: str) -> bytes | None:
        element = uri_element(parameter_key(resource_type, "url"), url)
        statement = _FIND.format(table=partition_of(resource_type))
        with reachable():
            text = await self._pool.fetchval(statement, resource_type, element)
        return None if text is None else str(text).encode()
