"""The events that e-santé publishes. They never contain the content of a resource."""

from esante.events.resource_changed import ResourceChangedV1

__all__ = ["ResourceChangedV1"]
