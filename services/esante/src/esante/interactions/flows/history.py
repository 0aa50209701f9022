"""history of a resource, of a type, of everything. https://hl7.org/fhir/R4/http.html#history"""

from collections.abc import Sequence
from functools import partial

from esante.access.flows.authorization import missing, reaches, shown_version
from esante.core.domain.permissions import Access, Permitted, permission
from esante.interactions.flows.dependencies import Needs
from esante.interactions.flows.read import shown_to
from esante.store.ports import HistoryPage, Version
from socle.errors import Refusal

EVERY_TYPE = "*"


async def list_history(
    page: HistoryPage, *, by: Access, needs: Needs
) -> tuple[Sequence[Version], Version | None]:
    """One page, and where more follow the line after which they do. Raises Refusal.

    Who may read one patient's record alone gets the history of its resources, of versions that
    were in it; that of a type or of everything asks for a right to all of it.
    """
    permitted = permission(by, page.type or EVERY_TYPE, "r")
    if page.id is None and not permitted.whole:
        raise Refusal("forbidden", "Cet historique demande le droit de lire toutes ces ressources.")
    if page.id is not None:
        assert page.type is not None
        state = await needs.store.find(page.type, page.id)
        if not permitted.whole:
            await shown_to(by, page.type, page.id, state, needs=needs)
        elif not state.version:
            raise missing(page.type, page.id)
    lines, more = await needs.store.list_history(page)
    last = lines[-1] if more else None
    if not permitted.whole:
        size = sum(len(each.text or b"") for each in lines)
        lines = await needs.aside.do(size, partial(_reached, lines, permitted, needs))
    return lines, last


def _reached(lines: Sequence[Version], permitted: Permitted, needs: Needs) -> Sequence[Version]:
    return [
        each
        for each in lines
        if each.text is None or reaches(permitted, shown_version(each, server=needs), server=needs)
    ]
