"""A cursor is read for the search that it was written for, as its sort keys are now."""

from dataclasses import dataclass
from typing import Any

import pytest

from esante.search.adapters.cursors import Cursors
from esante.search.domain.query.model import SortKey, SortValueType
from socle.errors import Refusal


class KeyPool:
    async def fetchval(self, _: str) -> bytes:
        return bytes(32)


@dataclass
class SortedSearch:
    sort: tuple[SortKey, ...]
    cursor: str | None = None
    digest: str = "the same"


def sorted_by(value_type: SortValueType, cursor: str | None = None) -> Any:
    return SortedSearch((SortKey(value_type, ("p",), False),), cursor)


@pytest.mark.parametrize("value_type", ["date", "amount"])
async def test_a_sort_parameter_of_another_type_is_refused(value_type: SortValueType) -> None:
    pool: Any = KeyPool()
    cursors = Cursors(pool)
    written = await cursors.write(sorted_by("string"), {"k1": "dupont", "born": 7})
    assert await cursors.read(sorted_by("string", written)) == ["dupont", 7]
    with pytest.raises(Refusal):
        await cursors.read(sorted_by(value_type, written))
    numbered = await cursors.write(sorted_by("string"), {"k1": 1, "born": 7})
    with pytest.raises(Refusal):
        await cursors.read(sorted_by("date", numbered))
