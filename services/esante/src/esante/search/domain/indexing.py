"""The index entries of a resource: every value of every search parameter of its type.

The compiled plan of the type traverses a resource once. The cost depends on the size of the
resource, not on the number of parameters. https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from esante.core.domain.json_values import objects_in
from esante.search.domain.contained_entries import add_contained_entries
from esante.search.domain.declared_compartments import declared_compartments
from esante.search.domain.extraction_plan import PATIENT_PLANS, PLANS, ExtractionPlan
from esante.search.domain.extraction_tree import extract
from esante.search.domain.ranges import enclosing_range
from esante.search.domain.search_extractors.collector import MAX_VALUES, IndexCollector, too_many
from esante.search.domain.search_extractors.references import cached_self_key
from esante.store.domain.index_keys import compartment_key, ref_element
from esante.store.domain.index_rows import IndexEntries


def index(resource: Mapping[str, Any], *, base: str | None = None) -> IndexEntries:
    """The index entries of a resource. Malformed values are skipped.

    `resource`: parsed with Decimal, with its `id` and `meta`. `base`: the FHIR base of this server;
    absolute references below it are local. Raises Refusal past `MAX_VALUES`.
    """
    plan = PLANS[resource["resourceType"]]
    collector = _collect(resource, plan, base)
    if collector.contained_references:
        add_contained_entries(collector, resource["resourceType"])
    if collector.count() > MAX_VALUES:
        raise too_many()
    compartments, about = _compartments(resource, plan, collector), _about(plan, collector)
    collector.refs.update(
        ref_element(compartment_key(name), cached_self_key(name, own)) for name, own in compartments
    )
    return IndexEntries(
        tokens=frozenset(collector.tokens),
        refs=frozenset(collector.refs),
        strings=_distinct(collector.strings),
        uris=_distinct(collector.uris),
        dates=_distinct(collector.dates),
        quantities=_distinct(collector.quantities),
        references=_distinct(collector.references),
        patients=tuple(own for name, own in compartments if name == "Patient"),
        date=enclosing_range(collector.main),
        codes=frozenset(collector.codes),
        about=about,
        definitions=plan.definitions,
    )


def patients_of(resource: Mapping[str, Any], *, base: str | None = None) -> tuple[str, ...]:
    """The ids of the patients in whose compartments a resource is, without indexing the rest.

    Parameters as in `index`.
    """
    plan = PATIENT_PLANS[resource["resourceType"]]
    compartments = _compartments(resource, plan, _collect(resource, plan, base))
    return tuple(own for name, own in compartments if name == "Patient")


def _collect(resource: Mapping[str, Any], plan: ExtractionPlan, base: str | None) -> IndexCollector:
    contained = {
        inner["id"]: inner
        for inner in objects_in(resource.get("contained"))
        if isinstance(inner.get("id"), str) and isinstance(inner.get("resourceType"), str)
    }
    collector = IndexCollector(base, contained)
    extract(plan.tree, resource, collector)
    return collector


def _compartments(
    resource: Mapping[str, Any], plan: ExtractionPlan, collector: IndexCollector
) -> tuple[tuple[str, str], ...]:
    """(type, id) of each compartment that a resource is in; its own comes first."""
    found = [
        (compartment, resource_id)
        for code, compartment, resource_id in collector.references
        if code in plan.compartments.get(compartment, ())
    ]
    found += declared_compartments(resource, collector)
    own = resource.get("id")
    if plan.is_compartment and isinstance(own, str):
        found.insert(0, (resource["resourceType"], own))
    return _distinct(found)


def _about(plan: ExtractionPlan, collector: IndexCollector) -> int | None:
    """The key of the patient that a resource is about; None without one."""
    if plan.about is None:
        return None
    about = (
        cached_self_key(target_type, own)
        for code, target_type, own in collector.references
        if code == plan.about
    )
    return next(about, None)


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))
