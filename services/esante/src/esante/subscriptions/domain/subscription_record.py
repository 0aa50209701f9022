"""The place of a Subscription in a patient's record, for applications restricted to that record.

R4 has no element for it. The extension makes it follow from the resource alone.
"""

from collections.abc import Mapping
from typing import Any

from esante.core.domain.permissions import Access, Action
from esante.search.domain.declared_compartments import SUBSCRIPTION_PATIENT
from esante.subscriptions.domain.backport import is_event_stream
from esante.subscriptions.domain.subscription import SUBSCRIPTION
from socle.errors import Refusal

_WRITES: tuple[Action, ...] = ("c", "u")


def record_of(access: Access) -> str | None:
    """The id of the patient whose record alone the caller writes Subscriptions in; None without
    that restriction."""
    for action in _WRITES:
        patients = {each.patient for each in access.permitted(SUBSCRIPTION, action).grants}
        if patients and None not in patients:
            return patients.pop()
    return None


def place_in_record(subscription: Mapping[str, Any], by: Access) -> dict[str, Any]:
    """The Subscription in the record that its author is restricted to; as it is without that.

    Raises Refusal, "forbidden", unless it is an event stream then: nobody answers for an endpoint
    that a patient's application names.
    """
    value, patient = dict(subscription), record_of(by)
    if patient is None:
        return value
    if not is_event_stream(value["channel"]):
        raise Refusal(
            "forbidden",
            "Une application limitée au dossier d'un patient s'abonne par un flux d'événements :"
            " canal websocket avec l'extension backport-channel-type text/event-stream.",
            expression=[f"{SUBSCRIPTION}.channel.type"],
        )
    extensions = list(value.get("extension", ()))
    if not any(each.get("url") == SUBSCRIPTION_PATIENT for each in extensions):
        reference = {"reference": f"Patient/{patient}"}
        extensions.append({"url": SUBSCRIPTION_PATIENT, "valueReference": reference})
    value["extension"] = extensions
    return value
