"""The index entries of contained resources, for chains through references to them (`#p`).

They are stored with the resource that contains them: elements XORed with a `contained_key`, rows
under the path of the chain (`subject:Patient.name`). https://hl7.org/fhir/R4/references.html#contained
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import MAIN_DATE, indexed_parameters_of
from esante.search.domain.extraction_plan import PLANS
from esante.search.domain.extraction_tree import extract
from esante.search.domain.search_extractors.collector import MAX_VALUES, IndexCollector, too_many
from esante.store.domain.index_keys import contained_key, present_element, several_element
from esante.store.domain.index_rows import DateRow

MAX_CONTAINED_LEVELS: Final = 2
"""Contained resources on one chain that are indexed."""


class ContainedPlace(NamedTuple):
    """Where contained resources are in the index entries of the resource that contains them."""

    key: int = 0
    """Their `contained_key`; 0: the resource itself."""
    path: str = ""
    """What precedes the codes of their parameters."""

    def below(self, resource_type: str, code: str, target: str) -> "ContainedPlace":
        """That of the contained resources of a type to which a parameter refers from here.

        `resource_type`: of what is here.
        """
        return ContainedPlace(
            contained_key(self.key, resource_type, code, target), f"{self.path}{code}:{target}."
        )


def add_contained_entries(collector: IndexCollector, resource_type: str) -> None:
    """Add the entries of the contained resources to those of the resource, which refers to them.

    `collector`: that of the resource. Raises Refusal past `MAX_VALUES`.
    """
    _ContainedIndexing(collector).add(collector, resource_type, ContainedPlace(), ())


@dataclass(slots=True)
class _ContainedIndexing:
    """The indexing of the contained resources of one resource."""

    container: IndexCollector
    """Of the resource that contains them."""
    collected: dict[str, IndexCollector] | None = None
    """The collector of each contained resource, by id."""
    copied: int = 0
    """Entries that were copied; bounded, since contained resources can refer to each other."""

    def add(
        self, source: IndexCollector, source_type: str, place: ContainedPlace, path: tuple[str, ...]
    ) -> None:
        """Add the entries of the contained resources to which one refers. `path`: the ids of the
        contained resources from the resource to it, itself included."""
        parameters = {each.code: each for each in indexed_parameters_of(source_type).values()}
        for code, own in dict.fromkeys(source.contained_references):
            target = str(self.container.contained[own]["resourceType"])
            if own in path or target not in RESOURCE_TYPES:
                continue
            if target not in parameters[code].targets:
                continue
            below, inner = place.below(source_type, code, target), self._collect(own, target)
            self._copy(inner, target, below)
            if len(path) + 1 < MAX_CONTAINED_LEVELS:
                self.add(inner, target, below, (*path, own))

    def _collect(self, own: str, resource_type: str) -> IndexCollector:
        if self.collected is None:
            self.collected = {}
        if (found := self.collected.get(own)) is None:
            found = IndexCollector(self.container.base, self.container.contained)
            extract(PLANS[resource_type].tree, self.container.contained[own], found)
            self.collected[own] = found
        return found

    def _copy(self, inner: IndexCollector, resource_type: str, place: ContainedPlace) -> None:
        self.copied += inner.count() + 1
        if self.copied > MAX_VALUES:
            raise too_many()
        container, (key, path) = self.container, place
        present = present_element(key)
        container.tokens.add(several_element(key) if present in container.tokens else present)
        container.tokens.update(each ^ key for each in inner.tokens)
        container.refs.update(each ^ key for each in inner.refs)
        container.strings += _moved(inner.strings, path)
        container.uris += _moved(inner.uris, path)
        container.dates += _moved(inner.dates, path)
        container.quantities += _moved(inner.quantities, path)
        main = MAIN_DATE.get(resource_type)
        container.dates += [DateRow(f"{path}{main}", *limits) for limits in inner.main]


def _moved(rows: Iterable[Any], path: str) -> list[Any]:
    """The rows with their parameters below that path."""
    return [each._replace(parameter=path + each.parameter) for each in rows]
