"""The AuditEvent of an export. https://hl7.org/fhir/R4/auditevent.html"""

from datetime import datetime
from typing import Any, Final, Literal

import orjson

from esante.core.domain.resource import format_instant

_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_OBJECT_TYPES: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"

AuditedAction = Literal["E", "R"]
"""Of AuditEvent.action. `E`: an export is requested; `R`: one of its files is read."""


def export_audit_event(
    action: AuditedAction,
    *,
    client: str | None,
    account: str,
    at: datetime,
    name: str,
    details: dict[str, str],
) -> bytes:
    """The JSON of the AuditEvent.

    `client`, `account`: of the caller; the account is a pseudonym. `name`: of what is requested or
    read. `details`: further texts by name.
    """
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "type": {"system": _DICOM, "code": "110106", "display": "Export"},
        "action": action,
        "recorded": format_instant(at),
        "outcome": "0",
        "agent": [
            {
                "who": {"identifier": {"value": client or account}},
                "altId": account,
                "requestor": True,
            }
        ],
        "source": {"observer": {"display": "Région Lab, e-santé"}},
        "entity": [
            {
                "type": {"system": _OBJECT_TYPES, "code": "2", "display": "System Object"},
                "name": name,
                "detail": [{"type": each, "valueString": value} for each, value in details.items()],
            }
        ],
    }
    return orjson.dumps(event)
