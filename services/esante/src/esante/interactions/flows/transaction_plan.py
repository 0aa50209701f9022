"""The plan of a transaction: the interaction and the identity of each entry.

The id is a new one, that of the address, or that of the match of the condition. Once all are known,
references between entries are resolved and changes prepared.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import parse_qsl

from esante.core.domain.json_parser import JsonObject
from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.interactions.domain.bundle_request import EntryRequest
from esante.interactions.domain.identifiers import identifiers_in_condition
from esante.interactions.flows.conditional import condition_key
from esante.interactions.flows.prepare_write import PATIENT
from esante.interactions.ports import Pairs
from esante.store.ports import NEVER_EXISTED, ResourceState
from socle.errors import Refusal

WriteInteraction = Literal["create", "update", "patch", "delete"]
READS: Final = frozenset({"GET", "HEAD"})
_INTERACTIONS: Final[dict[str, WriteInteraction]] = {
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}


@dataclass(slots=True)
class Step:
    """The plan of one writing entry, completed during an attempt."""

    entry: EntryRequest
    interaction: WriteInteraction
    type: str
    id: str | None = None
    """None until known; remains None for a conditional delete without match."""
    criteria: Pairs | None = None
    """The criteria of a conditional interaction; None for another one."""
    found: bool = False
    """Whether the condition has a match: a create then writes nothing."""
    patient: str | None = None
    """Of a Binary, whose document it is the content of (`Patient/1`), if an entry says so."""

    @property
    def writes(self) -> bool:
        """Whether it writes a resource, unlike a conditional create with a match."""
        return not (self.interaction == "create" and self.found)

    @property
    def resource(self) -> JsonObject:
        """The resource of the entry, which every interaction but delete has."""
        parsed = self.entry.resource
        assert parsed is not None
        return parsed

    @property
    def text(self) -> str:
        """The JSON of the resource. In a large Bundle it is parsed each time `resource` is read."""
        return self.entry.text

    @property
    def identity(self) -> tuple[str, str]:
        """(type, id), once the id is known."""
        assert self.id is not None
        return self.type, self.id


def plan_entry(entry: EntryRequest) -> Step:
    """Plan a writing entry. Raises Refusal for a URL that transactions do not support."""
    path, criteria = entry.path, entry.criteria
    interaction = _INTERACTIONS[entry.method]
    if not path or path[0] not in RESOURCE_TYPES or any(each[:1] in "$" for each in path):
        raise entry.refuse(f"« {entry.url[:64]} » n'a pas sa place dans une transaction.")
    resource_type, *rest = path
    if len(rest) > 1 or (interaction == "create" and (rest or criteria is not None)):
        raise entry.refuse(f"{entry.method} n'est pas compris à « {entry.url[:64]} ».")
    if interaction == "create":
        condition = entry.headers.get(b"if-none-exist")
        return Step(
            entry,
            interaction,
            resource_type,
            criteria=None if condition is None else parse_condition(condition),
        )
    if rest:
        if not is_id(rest[0]):
            raise entry.refuse("l'identifiant de l'adresse est mal formé.")
        return Step(entry, interaction, resource_type, rest[0])
    if not criteria:
        raise entry.refuse(f"{entry.method} demande un identifiant ou une condition.")
    return Step(entry, interaction, resource_type, criteria=criteria)


def parse_condition(condition: str) -> Pairs:
    """The criteria of If-None-Exist, with or without a path before `?`."""
    return parse_qsl(condition.rpartition("?")[2], keep_blank_values=True)


@contextmanager
def entry_errors(step: Step) -> Iterator[None]:
    """Raise the Refusals raised inside with the index of the entry in their message and paths."""
    try:
        yield
    except Refusal as refusal:
        place = f"Bundle.entry[{step.entry.place}]"
        details = dict(refusal.details)
        if issues := details.get("issues"):
            details["issues"] = tuple(
                replace(issue, expression=tuple(_inside(place, e) for e in issue.expression))
                for issue in issues
            )
        else:
            details["expression"] = [_inside(place, e) for e in details.get("expression", [])] or [
                place
            ]
        sentence = f"Entrée {step.entry.place} : {refusal.message}"
        raise Refusal(refusal.category, sentence, **details) from None


def _inside(place: str, expression: str) -> str:
    return f"{place}.resource.{expression.partition('.')[2]}".rstrip(".")


def refuse_shared_conditions(conditional: Sequence[Step]) -> None:
    """Raises Refusal if two entries have the same condition, unless one deletes its match and the
    other is a conditional create, which comes after."""
    seen: dict[tuple[str, bool], Step] = {}
    for step in conditional:
        key = condition_key(step.type, step.criteria or ())
        same = [seen.get((key, deletes)) for deletes in (True, False)]
        for other in same:
            if other and {other.interaction, step.interaction} != {"create", "delete"}:
                raise step.entry.refuse(f"une autre entrée pose la même condition ({key[:80]}).")
        seen[key, step.interaction == "delete"] = step


def refuse_shared_identifiers(conditional: Sequence[Step]) -> None:
    """Raises Refusal if the conditions of two entries have an identifier in common and no match:
    each entry would create a resource with it."""
    seen: dict[tuple[str, str | None, str | None], Step] = {}
    for step in conditional:
        if step.found or step.interaction not in ("create", "update"):
            continue
        for token in identifiers_in_condition(step.criteria or ()):
            if seen.setdefault((step.type, token.system, token.code), step) is not step:
                raise step.entry.refuse("une autre entrée nomme le même identifiant.")


def refuse_overlaps(steps: Sequence[Step]) -> None:
    """Raises Refusal if two entries concern one resource, even if one is a conditional create that
    does not write its match. https://hl7.org/fhir/R4/http.html#trules"""
    seen: dict[tuple[str, str], Step] = {}
    for step in steps:
        if step.id is None:
            continue
        other = seen.setdefault(step.identity, step)
        if other is not step:
            raise step.entry.refuse(
                f"{step.type}/{step.id} est déjà traitée par l'entrée {other.entry.place}."
            )


def created_patients(steps: Sequence[Step], states: Mapping[int, ResourceState]) -> tuple[str, ...]:
    """The ids of the Patients that the transaction creates and that never existed: their records
    are open to its other entries.

    `states`: the state of each existing resource, by index of the entry.
    """
    return tuple(
        each.id
        for each in steps
        if each.type == PATIENT
        and each.id is not None
        and each.writes
        and each.interaction in ("create", "update")
        and not states.get(each.entry.place, NEVER_EXISTED).version
    )
