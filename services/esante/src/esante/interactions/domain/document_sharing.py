"""Documents that a transaction provides: their contents, and what they replace.

IHE MHD, Provide Document Bundle. https://profiles.ihe.net/ITI/MHD/ITI-65.html
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from esante.core.domain.json_parser import JsonObject, parse_object
from esante.core.domain.json_values import objects_in
from esante.core.domain.stamping import replace_members
from esante.search.domain.search_extractors.references import local_target
from socle.errors import Refusal

DOCUMENT_REFERENCE: Final = "DocumentReference"
SUPERSEDED: Final = "superseded"
_PLACEHOLDERS: Final = ("urn:uuid:", "urn:oid:")


def local_reference(reference: object, names: Mapping[str, str], *, base: str) -> str | None:
    """A reference as `Patient/1`; None if it is not to a resource of this server.

    `names`: the local reference of each entry of the transaction, by the names that others use.
    """
    if not isinstance(reference, str):
        return None
    target = local_target(names.get(reference, reference), base)
    return None if target is None else "/".join(target)


def patient_of(resource: Mapping[str, Any], names: Mapping[str, str], *, base: str) -> str | None:
    """The patient that a resource is about (`Patient/1`); None without one. Parameters as in
    `local_reference`."""
    subject = resource.get("subject") or resource.get("patient")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    found = local_reference(reference, names, base=base)
    return found if found is not None and found.startswith("Patient/") else None


def attachment_urls(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(FHIRPath, url) of each content of a DocumentReference that has an address."""
    for index, content in enumerate(objects_in(resource.get("content"))):
        attachment = content.get("attachment")
        url = attachment.get("url") if isinstance(attachment, dict) else None
        if isinstance(url, str):
            yield f"{DOCUMENT_REFERENCE}.content[{index}].attachment.url", url


def require_known_contents(resource: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Raises Refusal("invalid") for a DocumentReference whose content is an entry that the
    transaction does not have: nobody could retrieve it. `names`: as in `local_reference`."""
    for place, url in attachment_urls(resource):
        if url.startswith(_PLACEHOLDERS) and url not in names:
            raise Refusal(
                "invalid",
                f"« {url[:80]} » n'est le fullUrl d'aucune entrée : le document manque.",
                issue="not-found",
                expression=[place],
            )


def replaced_documents(
    resource: Mapping[str, Any], names: Mapping[str, str], *, base: str
) -> Iterator[tuple[str, str]]:
    """(FHIRPath, id) of each DocumentReference of this server that one replaces. Parameters as in
    `local_reference`."""
    for index, each in enumerate(objects_in(resource.get("relatesTo"))):
        target = each.get("target")
        reference = target.get("reference") if isinstance(target, dict) else None
        local = local_reference(reference, names, base=base)
        if each.get("code") == "replaces" and local and local.startswith(f"{DOCUMENT_REFERENCE}/"):
            yield f"{DOCUMENT_REFERENCE}.relatesTo[{index}].target", local.partition("/")[2]


def with_security_context(binary: JsonObject, context: str | None) -> JsonObject:
    """A Binary with that `securityContext`, unless it has one. `context`: `Patient/1`; None: none,
    as of every other resource."""
    if context is None or "securityContext" in binary.value:
        return binary
    added = {"securityContext": f'{{"reference":"{context}"}}'}
    return parse_object(replace_members(binary, added, after="contentType").encode())
