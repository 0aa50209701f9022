"""Who may see a resource, decided slowly and one resource at a time, from the resources alone.

It shares no code with the server. Times are whole days of January 2026.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
SOCIAL = frozenset(map(str, (*range(41, 50), 51, 52, 53)))
MASKING = ("V", "MASQUE_PS", "MASQUE_PSOCIAL")
LOWER = {"N": "N", "R": "NR", "V": "NRV"}


@dataclass(frozen=True)
class Person:
    """A professional, or somebody who is related to a patient."""

    account: str
    references: frozenset[str]
    professions: frozenset[str] = frozenset()
    """Empty: unknown."""
    is_professional: bool = True
    """False: a carer or a legal representative."""

    @property
    def masks(self) -> tuple[str, ...]:
        """The labels that hide from them."""
        is_social = all(each in SOCIAL for each in self.professions)
        return MASKING if is_social else MASKING[:2]


@dataclass
class State:
    """Everything that is stored, and when it is."""

    day: int = 1
    hour: int = 0
    resources: dict[str, Json] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)
    """The account that created a resource, by `type/id`."""
    emergencies: list[tuple[str, str, int]] = field(default_factory=list)
    """(account, patient, hour since the beginning at which it ends)."""

    @property
    def now(self) -> int:
        return self.day * 24 + self.hour

    def of(self, resource_type: str) -> Iterator[Json]:
        return (e for e in self.resources.values() if e["resourceType"] == resource_type)


def is_visible(state: State, who: Person, resource: Json) -> bool:
    local = f"{resource['resourceType']}/{resource['id']}"
    is_author = state.authors.get(local) == who.account
    patients = records_of(resource)
    if not patients:
        return is_author
    return any(_is_visible_in(state, who, resource, each, is_author) for each in patients)


CARER_TYPES = ("Appointment", "CarePlan", "CareTeam", "Communication", "Patient", "Task")


def is_visible_to_related(state: State, who: Person, resource: Json, *, represents: bool) -> bool:
    """Whether a resource of the record is visible to somebody whose account is linked to it."""
    patients = records_of(resource)
    (own,) = who.references
    consents = [
        each
        for each in state.of("Consent")
        if each["status"] == "active" and patients & records_of(each)
    ]
    if represents:
        consents = [each for each in consents if f"'{own}'" in str(each["provision"])]
    found = [
        _judge(each["provision"], each, state, who, resource, named=False, lifts=False)
        for each in consents
    ]
    labels = {each["code"] for each in _labels(resource)}
    if any(each["denied"] for each in found):
        return False
    if represents:
        return not labels & {"INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"}
    opened = resource["resourceType"] in CARER_TYPES or any(each["named"] for each in found)
    if resource["resourceType"] == "Communication" and "'alert'" in str(resource["category"]):
        return False
    return opened and not labels - {"U", "L", "M", "N"}


def records_of(resource: Json) -> set[str]:
    """The ids of the patients in whose records it is."""
    if resource["resourceType"] == "Patient":
        return {resource["id"]}
    named = [resource.get("subject"), resource.get("patient"), *resource.get("recipient", [])]
    references = [each["reference"] for each in named if each]
    return {each.partition("/")[2] for each in references if each.startswith("Patient/")}


def _is_visible_in(
    state: State, who: Person, resource: Json, patient: str, is_author: bool
) -> bool:
    found = [
        _judge(each.get("provision", {}), each, state, who, resource, named=False, lifts=False)
        for each in state.of("Consent")
        if each["status"] == "active" and patient in records_of(each)
    ]
    denied = any(each["denied"] for each in found)
    opened = state.authors.get(f"Patient/{patient}") == who.account
    opened = opened or any(
        _is_member(each, state, who) for each in state.of("CareTeam") if patient in records_of(each)
    )
    opened = opened or any(each["named"] for each in found)
    visible = opened and not denied
    if any(
        account == who.account and place == patient and state.now < until
        for account, place, until in state.emergencies
    ):
        visible = visible or not any(
            _denies_emergency(each.get("provision", {}), each, state, who, resource)
            for each in state.of("Consent")
            if each["status"] == "active" and patient in records_of(each)
        )
    masked = any(each["code"] in who.masks for each in _labels(resource))
    lifted = any(each["lifted"] for each in found) and not denied
    return visible and (not masked or is_author or lifted)


def _is_member(team: Json, state: State, who: Person) -> bool:
    return (
        team["status"] == "active"
        and _is_in(team.get("period"), state)
        and any(
            each["member"]["reference"] in who.references and _is_in(each.get("period"), state)
            for each in team.get("participant", [])
        )
    )


def _is_in(period: Json | None, state: State) -> bool:
    if period is None:
        return True
    first = int(period["start"][-2:]) if "start" in period else 0
    last = int(period["end"][-2:]) if "end" in period else 99
    return first <= state.day <= last


def _concerns(provision: Json, consent: Json, state: State, who: Person) -> str:
    """`yes`, `no`, or `perhaps`: it names a profession, and that of the person is unknown."""
    actors = [each["reference"]["reference"] for each in provision.get("actor", [])]
    if not _is_in(provision.get("period"), state):
        return "no"
    found = {_is(each, consent, who) for each in actors} or {"yes"}
    return "yes" if "yes" in found else "perhaps" if "perhaps" in found else "no"


def _is(actor: str, consent: Json, who: Person) -> str:
    if not actor.startswith("#"):
        return "yes" if actor in who.references else "no"
    (role,) = [each for each in consent["contained"] if f"#{each['id']}" == actor]
    place = role.get("organization", {}).get("reference")
    if place is not None and place not in who.references:
        return "no"
    if not who.professions:
        return "perhaps" if who.is_professional else "no"
    codes = {one["code"] for each in role["code"] for one in each["coding"]}
    return "yes" if codes & who.professions else "no"


def _is_about(provision: Json, resource: Json) -> bool:
    """Whether its data conditions are met."""
    if "class" in provision and resource["resourceType"] not in [
        each["code"] for each in provision["class"]
    ]:
        return False
    if "code" in provision:
        codes = {c["code"] for each in provision["code"] for c in each["coding"]}
        own = {c["code"] for c in resource.get("code", {}).get("coding", [])}
        if not codes & own:
            return False
    if "data" in provision:
        local = f"{resource['resourceType']}/{resource['id']}"
        if local not in [each["reference"]["reference"] for each in provision["data"]]:
            return False
    if "securityLabel" in provision:
        covered = {
            low
            for each in provision["securityLabel"]
            for low in LOWER.get(each["code"], [each["code"]])
        }
        own = {each["code"] for each in _labels(resource)}
        confidentiality = own & set("NRV") or {"N"}
        if not covered & (own | confidentiality):
            return False
    return True


def _judge(
    provision: Json,
    consent: Json,
    state: State,
    who: Person,
    resource: Json,
    *,
    named: bool,
    lifts: bool,
) -> dict[str, bool]:
    nothing = dict.fromkeys(("denied", "permitted", "named", "lifted"), False)
    purposes = {each["code"] for each in provision.get("purpose", [])}
    concerns = _concerns(provision, consent, state, who)
    if concerns == "no" or not _is_about(provision, resource):
        return nothing
    if purposes and "TREAT" not in purposes:
        return nothing
    named = named or "actor" in provision
    lifts = lifts or any(e["code"] in MASKING for e in provision.get("securityLabel", []))
    refuses = provision.get("type") == "deny"
    inner = [
        _judge(each, consent, state, who, resource, named=named and not refuses, lifts=lifts)
        for each in provision.get("provision", [])
    ]
    denied, permitted, by_name, lifted = (
        any(each[name] for each in inner) for name in ("denied", "permitted", "named", "lifted")
    )
    match provision.get("type"):
        case "permit":
            permitted = not denied
            by_name = by_name or (named and permitted)
            lifted = lifted or (lifts and permitted)
        case "deny":
            denied = denied or not permitted
            permitted = permitted and not denied
            by_name, lifted = by_name and not denied, lifted and not denied
        case _:
            permitted = permitted and not denied
            by_name, lifted = by_name and not denied, lifted and not denied
    if concerns == "perhaps":
        permitted = by_name = lifted = False
    return {"denied": denied, "permitted": permitted, "named": by_name, "lifted": lifted}


def _denies_emergency(
    provision: Json, consent: Json, state: State, who: Person, resource: Json
) -> bool:
    concerns = _concerns(provision, consent, state, who)
    if concerns == "no" or not _is_about(provision, resource):
        return False
    purposes = {each["code"] for each in provision.get("purpose", [])}
    if provision.get("type") == "deny" and "BTG" in purposes:
        return True
    return any(
        _denies_emergency(each, consent, state, who, resource)
        for each in provision.get("provision", [])
    )


def _labels(resource: Json) -> list[Json]:
    found: list[Json] = resource.get("meta", {}).get("security", [])
    return found
