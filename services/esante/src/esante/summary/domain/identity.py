"""Who a summary is about, and whom to call: what a reader checks before the rest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from esante.summary.domain.descriptions import day_text, name_of
from esante.summary.domain.sections import Json

_SEXES: Final = {"female": "Femme", "male": "Homme", "other": "Sexe : autre"}
_UNNAMED: Final = "Personne sans nom"
_INS: Final = "urn:oid:1.2.250.1.213.1.4."
"""The identifier systems of the national health identity (INS) start with this."""
_NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call about the patient."""

    name: str
    relationship: str
    """In words; empty if it is not known."""
    telephones: Sequence[str]


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of a patient, in French."""

    name: str
    facts: Sequence[str]
    """Name of birth, sex, birth and age, death, national identity: those known, in that order."""
    telephones: Sequence[str]
    contacts: Sequence[Contact]
    practitioners: Sequence[str]
    """The names of general practitioners."""


def identify(person: Json, *, today: date, names: Mapping[str, str] = _NO_NAMES) -> Identity:
    """The identity in a Patient. `names`: of practitioners, by `Practitioner/x`."""
    referred = [
        each.get("display") or names.get("/".join(each.get("reference", "").split("/")[-2:]))
        for each in person.get("generalPractitioner", ())
    ]
    name, born = _names(person.get("name", ()))
    facts = [f"Nom de naissance : {born}"] if born else []
    return Identity(
        name=name,
        facts=(*facts, *_facts(person, today)),
        telephones=_telephones(person),
        contacts=tuple(map(_contact, person.get("contact", ()))),
        practitioners=tuple(str(each) for each in referred if each),
    )


def _names(names: Sequence[Json]) -> tuple[str, str]:
    """The name in use, and the family name of birth where it is another."""
    by_use = {each.get("use", "usual"): each for each in reversed(names)}
    used = next((by_use[u] for u in ("usual", "official", "maiden") if u in by_use), None)
    used = used or next(iter(names), {})
    born = by_use.get("official", by_use.get("maiden", {})).get("family")
    is_other = born and used.get("family") and born.casefold() != used["family"].casefold()
    return human_name(used) or _UNNAMED, str(born) if is_other else ""


def human_name(name: Json) -> str:
    """« DURAND Ada » of a HumanName; its text if it has no parts."""
    given = " ".join(filter(None, name.get("given", ())))
    return " ".join(filter(None, (name.get("family", "").upper(), given))) or name.get("text", "")


def _facts(person: Json, today: date) -> Iterator[str]:
    if sex := _SEXES.get(person.get("gender", "")):
        yield sex
    born = person.get("birthDate")
    if born:
        age = _age(born, today) if _is_alive(person) else None
        yield f"Naissance : {day_text(born)}" + ("" if age is None else f" ({age} ans)")
    if not _is_alive(person):
        when = person.get("deceasedDateTime")
        yield f"Décès : {day_text(when)}" if when else "Personne décédée"
    for each in person.get("identifier", ()):
        if str(each.get("system", "")).startswith(_INS) and each.get("value"):
            yield f"INS : {each['value']}"


def _is_alive(person: Json) -> bool:
    return not (person.get("deceasedBoolean") or person.get("deceasedDateTime"))


def _age(born: str, today: date) -> int | None:
    """Complete years; None if the day of birth is not known, or is still to come."""
    try:
        day = date.fromisoformat(born)
    except ValueError:
        return None
    years = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    return years if years >= 0 else None


def _telephones(of: Json) -> tuple[str, ...]:
    numbers = (each for each in of.get("telecom", ()) if each.get("system") in ("phone", "sms"))
    return tuple(dict.fromkeys(str(each["value"]) for each in numbers if each.get("value")))


def _contact(contact: Json) -> Contact:
    relationships: Sequence[Any] = contact.get("relationship", ())
    words = [name_of({"code": each}) for each in relationships]
    return Contact(
        human_name(contact.get("name", {})) or "Contact sans nom",
        ", ".join(words),
        _telephones(contact),
    )
