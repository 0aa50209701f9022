"""Opens a closed record for an hour, with a reason: the operation `$emergency-access`."""

from typing import Any

from portail.domain.records.elements import items, part, reference_id, resources, text
from portail.domain.records.people import INS_SYSTEMS
from portail.ports.records import RecordAccess, RecordsApi
from socle.errors import Refusal

_OPERATION = "$emergency-access"
SHORTEST_REASON, LONGEST_REASON = 10, 1000


async def open_in_emergency(
    api: RecordsApi,
    access: RecordAccess,
    *,
    reason: str,
    patient_id: str = "",
    ins: str = "",
) -> str:
    """The id of the patient whose record is open now.

    `patient_id`, `ins`: one of them names the patient. Raises Refusal, `unsupported` if the server
    has no such operation.
    """
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        raise Refusal("invalid", "Écrivez la raison en quelques mots (10 à 1 000 caractères).")
    parameters: list[dict[str, Any]] = [{"name": "reason", "valueString": reason.strip()}]
    if patient_id:
        found = await _send(api, access, f"Patient/{patient_id}/{_OPERATION}", parameters)
        return _patient_of(found) or patient_id
    number = ins.replace(" ", "")
    if not (number.isascii() and number.isalnum()):
        raise Refusal("invalid", "Donnez le matricule INS du patient : 15 chiffres.")
    last: Refusal | None = None
    # The number does not tell which of the national identities it is.
    for system in INS_SYSTEMS:
        identifier = {"name": "identifier", "valueString": f"{system}|{number}"}
        try:
            path = f"Patient/{_OPERATION}"
            found = await _send(api, access, path, [*parameters, identifier])
        except Refusal as refusal:
            if refusal.category != "not_found":
                raise
            last = refusal
            continue
        if patient := _patient_of(found):
            return patient
    raise last or Refusal("not_found", "")


async def find_by_traits(
    api: RecordsApi, access: RecordAccess, *, name: str, born: str, sex: str
) -> str:
    """The id of the only patient with that name, birth date and sex.

    Only an open record can be found this way. Raises Refusal("not_found") for none or several.
    """
    found = await api.read(
        access, "Patient", name=name, birthdate=born, gender=sex or None, _count=2
    )
    ids = [text(each, "id") for each in resources(found, "Patient")]
    if len(ids) != 1:
        raise Refusal("not_found", "")
    return ids[0]


async def _send(
    api: RecordsApi, access: RecordAccess, path: str, parameters: list[dict[str, Any]]
) -> Any:
    body = {"resourceType": "Parameters", "parameter": parameters}
    try:
        return await api.send(access, "POST", path, body)
    except Refusal as refusal:
        # A server without the operation: 405, or 404 with another sentence.
        if refusal.details.get("status") in (405, 501):
            raise Refusal("unsupported", refusal.message) from None
        raise


def _patient_of(parameters: Any) -> str | None:
    for each in items(parameters.get("parameter")):
        if each.get("name") == "patient":
            return reference_id(part(each, "valueReference"), "Patient")
    return None
