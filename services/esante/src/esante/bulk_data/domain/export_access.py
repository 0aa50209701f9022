"""Who can export, and who can download what was exported."""

from esante.core.domain.permissions import Access
from socle.errors import Refusal


def require_export(access: Access) -> None:
    """Raises Refusal("forbidden") unless a search permission is not restricted to records.

    A caller with one patient's record reads it with `$everything`; so does a professional.
    """
    if not has_search_beyond_patient(access):
        raise Refusal(
            "forbidden",
            "L'export est réservé aux programmes, avec un droit de recherche qui n'est pas limité "
            "à un dossier (system/*.rs) ; un dossier se lit avec $everything.",
        )


def has_search_beyond_patient(access: Access) -> bool:
    """Whether one of the search permissions is not restricted to records."""
    return access.records is None and any(
        grant.patient is None
        for (_, action), permitted in access.scopes.items()
        if action == "s"
        for grant in permitted.grants
    )


def require_same_access(current: Access, exported: Access) -> None:
    """Raises Refusal("forbidden") unless the caller still has every search permission with which
    the export was made."""
    for (resource_type, action), permitted in exported.scopes.items():
        if action != "s":
            continue
        now = current.permitted(resource_type, "s")
        if not now.unrestricted and not set(permitted.grants) <= set(now.grants):
            raise Refusal(
                "forbidden", "Votre jeton n'a pas tous les droits avec lesquels l'export est fait."
            )
