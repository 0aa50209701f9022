"""Resolves canonicals to code systems and value sets: those of R4 first, then stored resources.

https://hl7.org/fhir/R4/terminology-service.html
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal, TypeVar

from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access
from esante.core.flows.worker_pool import WorkerPool
from esante.terminology.domain.concept_maps import ConceptMap, parse_concept_map
from esante.terminology.domain.concepts import (
    CodeSystem,
    ValueSet,
    parse_code_system,
    parse_value_set,
)
from esante.terminology.domain.expansion import EndlessValueSet, Terminology
from esante.terminology.domain.membership import Membership, membership
from esante.terminology.domain.r4_terminology import R4
from esante.terminology.ports import Canonicals
from socle.errors import Refusal

_MAX_STORED: Final = 20
"""Greatest number of stored resources that one operation looks up, found or not."""
_MAX_SIZE: Final = 32 * 1024 * 1024
"""Greatest length of the stored resources that one operation loads."""
_ResourceType = Literal["CodeSystem", "ConceptMap", "ValueSet"]
ParsedT = TypeVar("ParsedT")


@dataclass(slots=True)
class TerminologyResolver:
    """Finds code systems and value sets for one operation, and caches them.

    Its methods return None for what is neither of R4 nor found among stored resources, and raise
    Refusal past `_MAX_STORED` and `_MAX_SIZE`.
    """

    canonicals: Canonicals
    by: Access
    """The caller's permissions: stored resources are found only with an unrestricted grant to read
    their type."""
    workers: WorkerPool
    size: int = 0
    """Length of the stored resources loaded so far."""
    _lookups: int = 0
    _code_systems: dict[str, CodeSystem | None] = field(default_factory=dict)
    _value_sets: dict[str, ValueSet | None] = field(default_factory=dict)
    _concept_maps: dict[str, ConceptMap | None] = field(default_factory=dict)

    @property
    def terminology(self) -> Terminology:
        """The terminology of R4, with the stored resources loaded so far."""
        return Terminology(
            lambda url: R4.code_system(url) or self._code_systems.get(url),
            lambda url: R4.value_set(url) or self._value_sets.get(url),
        )

    async def code_system(self, url: str) -> CodeSystem | None:
        """Find a code system by its canonical without version."""
        found = R4.code_system(url)
        if found is None and url not in self._code_systems:
            find = partial(self.canonicals.find, "CodeSystem", url)
            self._code_systems[url] = await self._load("CodeSystem", find, parse_code_system)
        return found or self._code_systems.get(url)

    async def value_set(self, url: str) -> ValueSet | None:
        """Find a value set by its canonical without version, and load its parts."""
        found = R4.value_set(url)
        if found is None and url not in self._value_sets:
            find = partial(self.canonicals.find, "ValueSet", url)
            self._value_sets[url] = await self._load("ValueSet", find, parse_value_set)
        found = found or self._value_sets.get(url)
        if found is not None:
            await self.load_parts(found)
        return found

    async def membership(self, value_set: ValueSet) -> Membership:
        """The membership of a value set whose parts are loaded.

        Raises Refusal if it includes itself, or has too many codes.
        """
        try:
            return await self.workers.run(
                self.size, lambda: membership(value_set, self.terminology)
            )
        except EndlessValueSet as why:
            raise Refusal(
                "unsupported", str(why), rule="unprocessable", issue="too-costly"
            ) from None

    async def value_set_of_id(self, resource_id: str) -> ValueSet | None:
        """Find a stored value set by its id, and load its parts."""
        find = partial(self.canonicals.find_by_id, "ValueSet", resource_id)
        found = await self._load("ValueSet", find, parse_value_set)
        if found is not None:
            await self.load_parts(found)
        return found

    async def concept_map(self, url: str) -> ConceptMap | None:
        """Find a stored concept map by its canonical without version."""
        if url not in self._concept_maps:
            find = partial(self.canonicals.find, "ConceptMap", url)
            self._concept_maps[url] = await self._load("ConceptMap", find, parse_concept_map)
        return self._concept_maps[url]

    async def load_parts(self, value_set: ValueSet) -> None:
        """Load the code systems and value sets that a value set includes or excludes."""
        for resource_type, url in _parts(value_set):
            if resource_type == "CodeSystem":
                await self.code_system(url)
            elif url not in self._value_sets and R4.value_set(url) is None:
                await self.value_set(url)

    async def _load(
        self,
        resource_type: _ResourceType,
        find: Callable[[], Awaitable[bytes | None]],
        parse: Callable[[dict[str, Any]], ParsedT],
    ) -> ParsedT | None:
        if not self.by.permitted(resource_type, "r").unrestricted:
            return None
        if self._lookups == _MAX_STORED:
            raise _too_many()
        self._lookups += 1
        text = await find()
        if text is None:
            return None
        self.size += len(text)
        if self.size > _MAX_SIZE:
            raise _too_many()
        return await self.workers.run(len(text), lambda: parse(parse_json(text)))


class TooManyResources(Refusal):
    """One operation needs more stored resources than it looks up."""


def _too_many() -> Refusal:
    return TooManyResources(
        "too_large",
        "Cette demande prend trop de jeux de valeurs, de systèmes de codes ou de tables.",
        rule="unprocessable",
        issue="too-costly",
    )


def _parts(value_set: ValueSet) -> Iterator[tuple[_ResourceType, str]]:
    for part in (*value_set.include, *value_set.exclude):
        if part.system is not None:
            yield "CodeSystem", part.system
        for url in part.value_sets:
            yield "ValueSet", url
