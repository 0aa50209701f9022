"""The permissions of a caller now: for a professional, with the records that are open to them."""

from dataclasses import replace

from esante.access.domain.smart_scopes import cached_access
from esante.access.ports import LoadRecords
from esante.core.domain.permissions import Access, Author


async def load_access(access: Access, load: LoadRecords) -> Access:
    """Those permissions, with the records that are open now. Patients and programs pay nothing."""
    author = access.author
    if author is None or not author.is_professional:
        return access
    return replace(access, records=await load(author))


async def load_access_of(author: Author, load: LoadRecords) -> Access:
    """The permissions that the author of something has now, when it is executed for them."""
    return await load_access(cached_access(author), load)
