"""What a caller may do: each interaction on each resource type, with the grants that narrow it.

Every read and every query checks this one place (`permitted`), and every query compiles what it
returns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from socle.errors import Refusal

Interaction = Literal["c", "r", "u", "d", "s"]
_VERBS: Final[Mapping[Interaction, str]] = {
    "c": "créer",
    "r": "lire",
    "u": "modifier",
    "d": "supprimer",
    "s": "rechercher",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One way to be allowed: only in that patient's compartment, where there is one, and only what
    a search by `query` (a query string, `category=laboratory`) finds, where there is one."""

    patient: str | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Permitted:
    """The ways in which an interaction on a type is allowed: any of them suffices, none is no."""

    grants: tuple[Grant, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.grants)

    @property
    def whole(self) -> bool:
        """Whether nothing narrows it."""
        return Grant() in self.grants


@dataclass(frozen=True, slots=True)
class Access:
    """One caller's rights."""

    scopes: Mapping[tuple[str, Interaction], Permitted]

    def permitted(self, resource_type: str, interaction: Interaction) -> Permitted:
        """How that interaction on that type is allowed: of the type's own scopes and those of *."""
        own = self.scopes.get((resource_type, interaction), Permitted())
        every = self.scopes.get(("*", interaction), Permitted())
        found = tuple(dict.fromkeys((*own.grants, *every.grants)))
        return Permitted((Grant(),)) if Grant() in found else Permitted(found)


def permission(access: Access, resource_type: str, interaction: Interaction) -> Permitted:
    """How that is allowed. Raises Refusal("forbidden") where it is not at all."""
    permitted = access.permitted(resource_type, interaction)
    if not permitted:
        raise Refusal(
            "forbidden",
            f"Votre jeton ne permet pas de {_VERBS[interaction]} des ressources {resource_type}.",
        )
    return permitted
