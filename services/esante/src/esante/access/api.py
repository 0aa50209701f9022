"""The permissions of a caller, from the signed token of the gateway."""

from esante.access.domain.smart_scopes import cached_access
from esante.core.domain.permissions import Access, Author
from socle.auth import Caller


def access_of_caller(caller: Caller) -> Access:
    """The permissions that the scopes of the token give to the caller in their role. To a
    professional no record is open yet: `access.flows.load_access`."""
    return cached_access(
        Author(
            caller.subject,
            caller.role,
            caller.scopes,
            caller.patient,
            caller.directory_entry,
            caller.organisation,
            frozenset((caller.professions or "").split()),
        )
    )
