"""The code systems and value sets that a question is about: those R4 defines, then those stored.

https://hl7.org/fhir/R4/terminology-service.html
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar

from esante.core.domain.permissions import Access
from esante.core.domain.resource import parse
from esante.core.flows.worker_pool import Aside
from esante.terminology.domain.concepts import CodeSystem, ValueSet, code_system_of, value_set_of
from esante.terminology.domain.expansion import Terminology
from esante.terminology.domain.r4_terminology import R4
from esante.terminology.ports import Canonicals
from socle.errors import Refusal

# As many stored resources as one question may need.
_MOST: Final = 20
_Kind = Literal["CodeSystem", "ValueSet"]
MadeT = TypeVar("MadeT")


@dataclass(slots=True)
class Terms:
    """What one question needs. `by`: what is stored is known to whoever may read it; `size`: of all
    that was gathered, in characters."""

    canonicals: Canonicals
    by: Access
    aside: Aside
    size: int = 0
    _code_systems: dict[str, CodeSystem | None] = field(default_factory=dict)
    _value_sets: dict[str, ValueSet | None] = field(default_factory=dict)

    @property
    def known(self) -> Terminology:
        """What was gathered, beside what R4 defines."""
        return Terminology(
            lambda url: R4.code_system(url) or self._code_systems.get(url),
            lambda url: R4.value_set(url) or self._value_sets.get(url),
        )

    async def code_system(self, url: str) -> CodeSystem | None:
        """A code system, by its url without version."""
        found = R4.code_system(url)
        if found is None and url not in self._code_systems:
            self._code_systems[url] = await self._stored("CodeSystem", url, code_system_of)
        return found or self._code_systems.get(url)

    async def value_set(self, url: str) -> ValueSet | None:
        """A value set, by its url without version, and all that it is made of."""
        found = R4.value_set(url)
        if found is None and url not in self._value_sets:
            self._value_sets[url] = await self._stored("ValueSet", url, value_set_of)
        found = found or self._value_sets.get(url)
        if found is not None:
            await self.parts(found)
        return found

    async def parts(self, value_set: ValueSet) -> None:
        """Gather what a value set is made of."""
        for kind, url in _parts(value_set):
            if kind == "CodeSystem":
                await self.code_system(url)
            elif url not in self._value_sets and R4.value_set(url) is None:
                await self.value_set(url)

    async def _stored(
        self, kind: _Kind, url: str, made_of: Callable[[dict[str, Any]], MadeT]
    ) -> MadeT | None:
        if not self.by.permitted(kind, "r").whole:
            return None
        if len(self._code_systems) + len(self._value_sets) >= _MOST:
            raise Refusal(
                "too_large",
                "Ce jeu de valeurs en prend trop d'autres.",
                rule="unprocessable",
                issue="too-costly",
            )
        text = await self.canonicals.find(kind, url)
        if text is None:
            return None
        self.size += len(text)
        return await self.aside.do(len(text), lambda: made_of(parse(text)))


def _parts(value_set: ValueSet) -> Iterator[tuple[_Kind, str]]:
    for part in (*value_set.include, *value_set.exclude):
        if part.system is not None:
            yield "CodeSystem", part.system
        for url in part.value_sets:
            yield "ValueSet", url
