"""The permissions of a caller now: for a professional or a carer, with the records that are open to
them."""

from dataclasses import replace

from esante.access.ports import FindCachedRecords, LoadRecords
from esante.core.domain.permissions import Access


async def load_access(access: Access, load: LoadRecords) -> Access:
    """Those permissions, with the records that are open now. Patients and programs pay nothing."""
    author = access.author
    if author is None or not author.needs_records:
        return access
    return replace(access, records=await load(author), check=None)


def cached_access(access: Access, find: FindCachedRecords) -> Access | None:
    """Those permissions, with the records that an earlier request has loaded, which are to be
    checked; None if there are none."""
    author = access.author
    found = None if author is None else find(author)
    return None if found is None else replace(access, records=found[0], check=found[1])
