"""What e-santé tells the other services: that something changed, never what it says."""

from esante.events.resource_changed import ResourceChangedV1

__all__ = ["ResourceChangedV1"]
