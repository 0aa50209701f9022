"""A patient hides a document from professionals, or shows it again.

The document itself is not changed: its author signed for it. A Consent denies it, and the Binaries
with its content, to every professional.
"""

from datetime import datetime

from portail.domain.records.content import document_title
from portail.domain.records.elements import Json, items, part, reference_id, text
from portail.domain.records.rights import DOCUMENT, hiding_resource
from portail.flows.records.refuse_access import list_refusals, withdraw_refusal
from portail.ports.records import RecordAccess, RecordsApi
from socle.errors import Refusal


async def list_hidden_documents(api: RecordsApi, access: RecordAccess, patient_id: str) -> set[str]:
    """The ids of the documents that the patient hides, each by a Consent of its own. Raises
    Refusal."""
    refusals = await list_refusals(api, access, patient_id)
    return {each.hidden_document for each in refusals if each.hidden_document is not None}


async def hide_document(
    api: RecordsApi, access: RecordAccess, patient_id: str, document_id: str, *, now: datetime
) -> None:
    """Hide a document of that patient. Raises Refusal."""
    found = await find_document(api, access, patient_id, document_id)
    if document_id in await list_hidden_documents(api, access, patient_id):
        return
    title = document_title(found)
    hidden = {f"{DOCUMENT}/{document_id}": title}
    for each in items(found.get("content")):
        address = {"reference": text(part(each, "attachment"), "url")}
        if binary := reference_id(address, "Binary"):
            hidden[f"Binary/{binary}"] = title
    await api.send(access, "POST", "Consent", hiding_resource(patient_id, hidden, now))


async def stop_hiding(
    api: RecordsApi, access: RecordAccess, patient_id: str, document_id: str
) -> None:
    """Show a hidden document again. Raises Refusal, `not_found` for one that is not hidden."""
    refusals = await list_refusals(api, access, patient_id)
    hiding = [each.id for each in refusals if each.hidden_document == document_id]
    if not hiding:
        raise Refusal(
            "not_found",
            "Vous ne masquez pas ce document : rien n'a été changé.",
            rule="not_hidden",
        )
    for each in hiding:
        await withdraw_refusal(api, access, patient_id, each)


async def find_document(
    api: RecordsApi, access: RecordAccess, patient_id: str, document_id: str
) -> Json:
    """A DocumentReference of that patient. Raises Refusal, `not_found` for another's."""
    found = await api.read(access, f"{DOCUMENT}/{document_id}")
    if text(part(found, "subject"), "reference") != f"Patient/{patient_id}":
        raise Refusal("not_found", "Ce document n'est pas dans ce dossier.")
    return found
