"""update, and create at an address of the caller's choice. https://hl7.org/fhir/R4/http.html#update"""

from dataclasses import dataclass
from functools import partial
from typing import Final

from esante.access.flows.authorization import missing, require_changeable, require_writable
from esante.core.domain.permissions import Access, permission
from esante.core.domain.resource import Parsed, Resource, is_id
from esante.interactions.flows.conditional import settled
from esante.interactions.flows.dependencies import TRIES, Needs
from esante.interactions.flows.prepare_write import change_of, incoming, incoming_as, written
from esante.interactions.ports import Pairs
from esante.store.ports import Change, Stale, State, Transaction
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must hold of the current version. `version`: If-Match; None: not asked. `absent`:
    If-None-Match: *. `required`: If-Match must have been sent where the resource exists."""

    version: int | None = None
    absent: bool = False
    required: bool = False

    def check(self, state: State, where: str) -> None:
        """Raises Refusal, rule `stale`, `exists` or `version-required`."""
        lives = state.text is not None
        if self.version is not None and (not lives or state.version != self.version):
            current = f"la version {state.version} est l'actuelle" if lives else "il n'existe pas"
            raise Refusal(
                "conflict",
                f"{where} : {current}, If-Match demande la version {self.version}.",
                rule="stale",
                current=state.version,
            )
        if self.absent and lives:
            raise Refusal("conflict", f"{where} existe déjà.", rule="exists")
        if self.required and lives and self.version is None:
            raise Refusal(
                "conflict",
                f"{where} existe : dites la version que vous modifiez (If-Match).",
                rule="version-required",
            )


ANY: Final = Precondition()


async def update(
    body: bytes,
    resource_type: str,
    resource_id: str,
    *,
    by: Access,
    needs: Needs,
    if_: Precondition = ANY,
) -> tuple[Resource, bool]:
    """The next version, and whether the resource is new. Raises Refusal."""
    size = len(body)
    parsed = await needs.aside.do(size, lambda: incoming_as(body, resource_type, resource_id))
    for _ in range(TRIES):
        state = await needs.store.find(resource_type, resource_id)
        make = partial(replace, parsed, resource_type, resource_id, state)
        change = await needs.aside.do(size, partial(make, by=by, needs=needs, if_=if_))
        try:
            await needs.store.write([change])
        except Stale:
            continue
        return written(change), change.replaces == 0
    raise busy(resource_type, resource_id)


async def update_matching(
    body: bytes,
    resource_type: str,
    criteria: Pairs,
    *,
    by: Access,
    needs: Needs,
    if_: Precondition = ANY,
) -> tuple[Resource, bool]:
    """The next version of the one that meets the criteria; where none does, a new one, under the
    id it was sent with if that is free. https://hl7.org/fhir/R4/http.html#cond-update"""
    size = len(body)
    parsed = await needs.aside.do(size, lambda: incoming(body, resource_type))

    async def do(transaction: Transaction, found: str | None) -> tuple[Resource, bool]:
        own = parsed.value.get("id")
        resource_id = target_of(own, found, resource_type) or needs.new_id()
        (state,) = await transaction.find_for_change([(resource_type, resource_id)])
        if found is None and state.text is not None:
            raise taken(resource_type, resource_id)
        make = partial(replace, parsed, resource_type, resource_id, state)
        change = await needs.aside.do(size, partial(make, by=by, needs=needs, if_=if_))
        await transaction.write([change])
        return written(change), change.replaces == 0

    return await settled(resource_type, criteria, do, by=by, needs=needs, content=parsed.value)


def target_of(own: object, found: str | None, resource_type: str) -> str | None:
    """Which resource a conditional update writes, None for a new one. Raises Refusal where the
    content names another."""
    if own is not None and not is_id(own):
        raise Refusal("invalid", "« id » est mal formé.", expression=[f"{resource_type}.id"])
    if found is not None and own is not None and own != found:
        raise Refusal(
            "invalid",
            f"La condition désigne {resource_type}/{found}, le contenu dit {own}.",
            expression=[f"{resource_type}.id"],
        )
    return found or (str(own) if own is not None else None)


def taken(resource_type: str, resource_id: str) -> Refusal:
    """No resource meets the condition, and the id it was sent with is another's."""
    return Refusal(
        "conflict",
        f"Aucune ressource ne répond à la condition, et {resource_type}/{resource_id} existe déjà.",
    )


def replace(
    parsed: Parsed,
    resource_type: str,
    resource_id: str,
    state: State,
    *,
    by: Access,
    needs: Needs,
    if_: Precondition,
) -> Change:
    """The change that puts this content over what was found. Raises Refusal."""
    lives = state.text is not None
    if not (lives or by.permitted(resource_type, "c") or permission(by, resource_type, "u").whole):
        # Whether another's is there is not told to who may change some and create none.
        raise missing(resource_type, resource_id)
    permitted = permission(by, resource_type, "u" if lives else "c")
    if lives:
        require_changeable(permitted, resource_type, resource_id, state, server=needs)
    if_.check(state, f"{resource_type}/{resource_id}")
    change = change_of(
        parsed,
        resource_type,
        resource_id,
        over=state,
        interaction="update" if lives else "create",
        needs=needs,
    )
    require_writable(permitted, change, server=needs)
    return change


def busy(resource_type: str, resource_id: str) -> Refusal:
    """Others went on writing, each before us."""
    return Refusal(
        "conflict",
        f"{resource_type}/{resource_id} est modifié par d'autres au même moment ; réessayez.",
    )
