"""What each entry of a transaction is to do, before anything is written.

An entry gets its identity (a new id, the one its address names, the one that meets its condition);
then links between entries can be led, and the changes made.
"""

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qsl

from esante.core.domain.resource import Parsed, is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.interactions.domain.bundle_request import EntryRequest
from esante.interactions.ports import Pairs

Doing = Literal["create", "update", "patch", "delete"]
READS: Final = frozenset({"GET", "HEAD"})
_DOING: Final[dict[str, Doing]] = {
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}


@dataclass(slots=True)
class Step:
    """One entry. `id`: None until it is known; `criteria`: its condition; `found`: whether the
    condition was met, so that a create does nothing."""

    entry: EntryRequest
    doing: Doing
    type: str
    id: str | None = None
    criteria: Pairs | None = None
    found: bool = False

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return not (self.doing == "create" and self.found)

    @property
    def resource(self) -> Parsed:
        """Its content, which every entry but a deletion has."""
        parsed = self.entry.resource
        assert parsed is not None
        return parsed

    @property
    def identity(self) -> tuple[str, str]:
        """Type and id, known by now."""
        assert self.id is not None
        return self.type, self.id


def step_of(entry: EntryRequest) -> Step:
    """What an entry asks. Raises Refusal for an address no transaction can take."""
    path, criteria = entry.path, entry.criteria
    doing = _DOING[entry.method]
    if not path or path[0] not in RESOURCE_TYPES or any(each[:1] in "$" for each in path):
        raise entry.refuse(f"« {entry.url[:64]} » n'a pas sa place dans une transaction.")
    kind, *rest = path
    if len(rest) > 1 or (doing == "create" and (rest or criteria is not None)):
        raise entry.refuse(f"{entry.method} n'est pas compris à « {entry.url[:64]} ».")
    if doing == "create":
        condition = entry.headers.get(b"if-none-exist")
        return Step(entry, doing, kind, criteria=None if condition is None else pairs(condition))
    if rest:
        if not is_id(rest[0]):
            raise entry.refuse("l'identifiant de l'adresse est mal formé.")
        return Step(entry, doing, kind, rest[0])
    if not criteria:
        raise entry.refuse(f"{entry.method} demande un identifiant ou une condition.")
    return Step(entry, doing, kind, criteria=criteria)


def pairs(condition: str) -> Pairs:
    """The criteria of If-None-Exist, with or without what comes before `?`."""
    return parse_qsl(condition.rpartition("?")[2], keep_blank_values=True)
