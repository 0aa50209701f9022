"""An update that changes nothing writes no version, as HAPI and other servers do.

https://hl7.org/fhir/R4/http.html#update lets a server decide.
"""

from esante.core.domain.json_parser import JsonObject
from esante.core.domain.json_spacing import differ_in_spacing_only
from esante.core.domain.resource import Resource
from esante.core.domain.stamping import stamp
from esante.store.ports import Change, ResourceState


def changes_nothing(change: Change, parsed: JsonObject, state: ResourceState) -> bool:
    """Whether an update leaves all but white space, `meta.versionId` and `meta.lastUpdated`.

    `parsed`: the content of the request. `state`: the current version. What another capability
    writes with the resource is never left out: a Subscription sent again is activated again.
    """
    if change.attached is not None or state.text is None or state.updated is None:
        return False
    again = stamp(parsed, resource_id=change.id, version=state.version, updated=state.updated)
    return differ_in_spacing_only(again, state.text.decode())


def current_version(resource_type: str, resource_id: str, state: ResourceState) -> Resource:
    """The resource in its current state, which must exist."""
    assert state.text is not None
    assert state.updated is not None
    return Resource(resource_type, resource_id, state.version, state.updated, state.text)
