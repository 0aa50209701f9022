"""The openings of a RelatedPerson follow its versions, in the transaction of each."""

from typing import Any, Final

from esante.access.domain.carers import RELATED_PERSON, RelatedLink, related_link
from esante.access.domain.open_records import REPRESENTATIVE, patient_element
from esante.core.domain.json_parser import parse_json
from esante.store.ports import Change
from socle.postgres import Connection

_REMOVE: Final = """
DELETE FROM record_opening WHERE source_type = 'RelatedPerson' AND source_id = $1
RETURNING element, member, reasons"""
ADD_LINK: Final = """
INSERT INTO record_opening (element, member, reasons, starts, ends, source_type, source_id)
VALUES ($1, $2, $3, $4, $5, 'RelatedPerson', $6)"""
_REMOVE_INVITATION: Final = """
DELETE FROM carer_invitation WHERE related_person = $1 AND patient IS DISTINCT FROM $2"""


class CarerRows:
    """Implements `AttachedRows` for RelatedPerson. `base`: the FHIR base.

    The openings are those of accounts that have accepted an invitation. One that ends does not come
    back with a later version: the person is invited again.
    """

    def __init__(self, base: str) -> None:
        self._base = base

    def concern(self, change: Change) -> bool:
        """Every change of a RelatedPerson can end what it opens."""
        return change.type == RELATED_PERSON

    async def write(self, connection: Connection, change: Change) -> None:
        """Give the openings the period of the new version, or end them."""
        removed = await connection.fetch(_REMOVE, change.id)
        link = None if change.text is None else related_link(parse_json(change.text), self._base)
        if link is not None and change.indexed and link.patient not in change.indexed.patients:
            link = None
        patient = None if link is None else link.patient
        await connection.execute(_REMOVE_INVITATION, change.id, patient)
        for row in removed:
            if link is not None and remains_open(link, row["element"], row["reasons"]):
                of_row = row["element"], row["member"], row["reasons"]
                await connection.execute(ADD_LINK, *of_row, *bounds_of(link), change.id)


def remains_open(link: RelatedLink, element: int, reasons: int) -> bool:
    """Whether an opening is one that the RelatedPerson can have now."""
    if element != patient_element(link.patient):
        return False
    return not reasons & REPRESENTATIVE or link.can_represent


def bounds_of(link: RelatedLink) -> tuple[Any, Any]:
    """The start and the end of what a RelatedPerson opens."""
    return link.period or (None, None)
