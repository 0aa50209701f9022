"""Loads the value sets and code systems that a search refers to, before it is parsed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from esante.core.domain.permissions import Access
from esante.core.domain.resource import is_id
from esante.core.flows.worker_pool import WorkerPool
from esante.search.domain.query.code_sets import CodeSets, references_to_codes
from esante.search.domain.query.criterion_parser import SearchContext
from esante.terminology.domain.concepts import ValueSet
from esante.terminology.flows.resolver import TerminologyResolver
from esante.terminology.ports import Canonicals
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class CodeLoader:
    """Finds value sets and code systems for searches."""

    canonicals: Canonicals
    workers: WorkerPool
    base: str
    """The FHIR base as callers see it."""

    async def load(
        self, pairs: Sequence[tuple[str, str]], context: SearchContext, *, by: Access
    ) -> SearchContext:
        """The context, with the codes to which the parameters of a search refer.

        Value sets are expanded here, in a thread if they are large. Stored resources are found
        with an unrestricted grant to read their type. What is not found is refused by the parser,
        which names the parameter. Raises Refusal if too many are referred to.
        """
        references = tuple(dict.fromkeys(references_to_codes(pairs)))
        if not references:
            return context
        resolver = TerminologyResolver(self.canonicals, by, self.workers)
        identified: dict[str, ValueSet] = {}
        for resource_type, reference in references:
            if resource_type == "CodeSystem":
                await resolver.code_system(reference)
            elif (stored := self._stored_id(reference)) is None:
                await resolver.value_set(reference.partition("|")[0])
            elif (found := await resolver.value_set_of_id(stored)) is not None:
                identified[reference] = found
        codes = CodeSets(resolver.terminology, identified)
        await self.workers.run(resolver.size, lambda: _expand(codes, references))
        return replace(context, codes=codes)

    def _stored_id(self, reference: str) -> str | None:
        """The id of `ValueSet/x`, with or without the base of this server; None for others."""
        head, _, own = reference.removeprefix(self.base + "/").rpartition("/")
        return own if head in ("ValueSet", "") and is_id(own) else None


def _expand(codes: CodeSets, references: Sequence[tuple[str, str]]) -> None:
    """Expand value sets while no request waits; those refused are expanded again by the parser."""
    for resource_type, reference in references:
        if resource_type == "ValueSet":
            try:
                codes.value_set(reference)
            except Refusal:
                continue
