"""The openings of records that follow from a resource: from a CareTeam, from a Consent."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from esante.access.domain.consent_provision import (
    Provision,
    is_about_access,
    period_of,
    permits_for_sure,
    read_provision,
)
from esante.access.domain.open_records import CIRCLE, CONDITIONAL, NAMED
from esante.access.domain.professions import is_everywhere, is_profession, professions_named
from esante.access.domain.security_labels import lifts_mask
from esante.core.domain.json_values import objects_in
from esante.search.domain.ranges import Instants
from esante.search.domain.search_extractors.references import local_target

CARE_TEAM: Final = "CareTeam"
ROLE: Final = "PractitionerRole"
_MEMBERS: Final = ("Practitioner", ROLE, "Organization")
_RELATED: Final = "RelatedPerson/"
_INACTIVE: Final = frozenset({"proposed", "suspended", "inactive", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class RecordOpening:
    """A record that a resource opens to a person or an organisation."""

    member: str
    """A reference (`Practitioner/1`, `PractitionerRole/1`, `Organization/1`)."""
    reasons: int
    """As `open_records.Opening`."""
    period: Instants | None


def local_reference(value: Any, base: str) -> str | None:
    """The local reference (`Patient/1`) of a Reference; None if it is none."""
    reference = value.get("reference") if isinstance(value, dict) else None
    target = local_target(reference, base) if isinstance(reference, str) else None
    return None if target is None else "/".join(target)


def patient_in(value: Any, base: str) -> str | None:
    """The id of the Patient that a Reference names; None if it names none."""
    resource_type, _, name = (local_reference(value, base) or "").partition("/")
    return name if resource_type == "Patient" else None


def care_team_openings(team: Mapping[str, Any], base: str) -> Iterator[RecordOpening]:
    """The members of an active CareTeam, for the periods that both it and they have."""
    if team.get("status") in _INACTIVE:
        return
    of_team = period_of(team.get("period"))
    for each in objects_in(team.get("participant")):
        member = local_reference(each.get("member"), base)
        if member is not None and member.partition("/")[0] in _MEMBERS:
            period = _intersection(of_team, period_of(each.get("period")))
            yield RecordOpening(member, CIRCLE, period)


def consent_openings(consent: Mapping[str, Any]) -> Iterator[RecordOpening]:
    """Those whom an active Consent names in a permission. Conditions are left to its provisions.

    `consent`: its references are local (`with_local_actors`).
    """
    if not is_about_access(consent) or not permits_for_sure(consent):
        return
    root = read_provision(consent)
    simple = not matters_beyond_openings(root)
    for provision, actors in _permissions(root, ()):
        for actor in actors:
            if actor.partition("/")[0] in _MEMBERS or is_profession(actor):
                period = provision.period if simple else None
                yield RecordOpening(actor, NAMED if simple else CONDITIONAL, period)


def opens_to_profession(consent: Mapping[str, Any]) -> bool:
    """Whether a Consent opens the record to all of a profession, in whatever organisation."""
    if not is_about_access(consent) or not permits_for_sure(consent):
        return False
    professions = professions_named(consent)
    return any(
        is_everywhere(each)
        for _, actors in _permissions(read_provision(consent), ())
        for actor in actors
        for each in professions.get(actor, ())
    )


def _permissions(
    provision: Provision, named: tuple[str, ...]
) -> Iterator[tuple[Provision, tuple[str, ...]]]:
    """Each permission inside a provision, with those whom it names, or one around it does. `named`:
    by those around."""
    actors = named if provision.actors is None else provision.actors
    if provision.effect == "permit" and actors:
        yield provision, actors
    for each in provision.inner:
        yield from _permissions(each, () if provision.effect == "deny" else actors)


def matters_beyond_openings(root: Provision) -> bool:
    """Whether the provisions deny something, or permit something under conditions: then they are
    evaluated for each reader."""
    provisions = list(root.with_inner())
    if any(each.effect == "deny" for each in provisions):
        return True
    if any(lifts_mask(each.data.labels) for each in provisions):
        return True
    named = list(_permissions(root, ()))
    if not named:
        return False  # nobody beyond the circle, which sees everything
    if any(actor.startswith(_RELATED) for _, actors in named for actor in actors):
        return True  # what it adds to what a carer needs
    alone = len(provisions) == 1 or (len(root.inner) == len(provisions) - 1 and _is_bare(root))
    return not alone or any(_has_conditions(each) for each, _ in named)


def with_local_actors(
    value: Any,
    resolve: Callable[[str], Sequence[str]],
    base: str,
    professions: Mapping[str, Sequence[str]],
) -> Any:
    """A provision whose actors have local references, PractitionerRoles replaced by whom they mean.
    One that means nobody known loses its reference: it can be anybody.

    `professions`: as `professions_named`.
    """
    if not isinstance(value, dict):
        return value
    actors: list[Any] = []
    for each in objects_in(value.get("actor")):
        reference = local_reference(each.get("reference"), base)
        meant: Sequence[str] = [] if reference is None else [reference]
        if reference is None:
            meant = professions.get(_text_of(each.get("reference")), ())
        elif reference.startswith(f"{ROLE}/"):
            meant = resolve(reference)
        actors += [{"reference": {"reference": one}} for one in meant] or [{"reference": {}}]
    inner = [
        with_local_actors(each, resolve, base, professions)
        for each in objects_in(value.get("provision"))
    ]
    return value | ({"actor": actors} if actors else {}) | ({"provision": inner} if inner else {})


def roles_in(resource: Mapping[str, Any], base: str) -> set[str]:
    """The PractitionerRoles that a CareTeam or a Consent names as members or actors."""
    found = [each.get("member") for each in objects_in(resource.get("participant"))]
    waiting = [resource.get("provision")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found += [each.get("reference") for each in objects_in(value.get("actor"))]
            waiting += objects_in(value.get("provision"))
    named = {local_reference(each, base) for each in found}
    return {each for each in named if each is not None and each.startswith(f"{ROLE}/")}


def _text_of(reference: Any) -> str:
    text = reference.get("reference") if isinstance(reference, dict) else None
    return text if isinstance(text, str) else ""


def _is_bare(root: Provision) -> bool:
    return root.effect is None and not root.actors and not _has_conditions(root)


def _has_conditions(provision: Provision) -> bool:
    return not (provision.data.is_empty and not provision.purposes and provision.is_about_reading)


def _intersection(one: Instants | None, other: Instants | None) -> Instants | None:
    if one is None or other is None:
        return one or other
    lows = [each for each in (one[0], other[0]) if each is not None]
    highs = [each for each in (one[1], other[1]) if each is not None]
    return max(lows, default=None), min(highs, default=None)
