"""The permissions of a caller now: for a professional, with the records that are open to them."""

from dataclasses import replace

from esante.access.ports import LoadRecords
from esante.core.domain.permissions import Access


async def load_access(access: Access, load: LoadRecords) -> Access:
    """Those permissions, with the records that are open now. Patients and programs pay nothing."""
    author = access.author
    if author is None or not author.is_professional:
        return access
    return replace(access, records=await load(author))
