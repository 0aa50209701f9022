"""Permissions in a pilot, and visible sections, by role: one table for the API and its tests.

coordinator      the platform's role: coordinates every pilot
project_holder   leads one pilot; crnum_member gives an opinion; partner helps: memberships
participant      a person with a standing consent
public           everybody
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

Role = Literal["coordinator", "project_holder", "crnum_member", "partner", "participant", "public"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Member = Literal["project_holder", "crnum_member", "partner"]
"""Roles that are given to a subject in the record of one pilot."""

Action = Literal[
    "create",
    "describe",
    "name_members",
    "write_protocol",
    "freeze_protocol",
    "amend_protocol",
    "show_effects",
    "give_evidence",
    "give_opinion",
    "open_gate",
    "pause",
    "resume",
    "write_survey",
    "report",
    "read_reports",
    "inform",
    "invite",
    "read_register",
    "contribute",
    "read_contributions",
    "settle_contribution",
]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

Section = Literal["summary", "project", "protocol", "processing", "gates", "decisions", "evidence",
                  "signatures", "members"]  # fmt: skip
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)

_HOLDS: Final = frozenset[Role]({"coordinator", "project_holder"})
_TEAM: Final = frozenset[Role]({*_HOLDS, "crnum_member", "partner"})
_ALL: Final = frozenset[Role](ROLES)

PERMISSIONS: Final[Mapping[Action, frozenset[Role]]] = {
    "create": frozenset({"coordinator"}),
    "describe": _HOLDS,
    "name_members": frozenset({"coordinator"}),
    "write_protocol": _HOLDS,
    "freeze_protocol": frozenset({"coordinator"}),
    "amend_protocol": frozenset({"coordinator"}),
    "show_effects": _HOLDS,
    "give_evidence": _HOLDS,
    # A coordinator never gives an opinion, whatever the record states: nobody judges a pilot they
    # run.
    "give_opinion": frozenset({"crnum_member"}),
    "open_gate": frozenset({"coordinator"}),
    # Any of them can stop harm; only a coordinator starts the pilot again.
    "pause": _HOLDS | {"crnum_member"},
    "resume": frozenset({"coordinator"}),
    "write_survey": _HOLDS,
    "report": _TEAM | {"participant"},
    "read_reports": _TEAM,
    "inform": _HOLDS,
    "invite": _HOLDS,
    "read_register": _ALL,
    "contribute": _ALL,
    "read_contributions": _TEAM,
    "settle_contribution": _HOLDS,
}

VISIBILITY: Final[Mapping[Section, frozenset[Role]]] = {
    "summary": _ALL,
    "decisions": _ALL,
    "processing": _ALL,
    "protocol": _ALL,
    "project": _TEAM,
    "gates": _TEAM,
    "evidence": _HOLDS | {"crnum_member"},
    "signatures": _HOLDS | {"crnum_member"},
    "members": frozenset({"coordinator"}),
}

LABELS: Final[Mapping[Role, str]] = {
    "coordinator": "la coordination",
    "project_holder": "le porteur du projet",
    "crnum_member": "un membre du Cr'Num",
    "partner": "un partenaire",
    "participant": "un participant",
    "public": "toute personne",
}


def is_allowed(action: Action, roles: Iterable[Role]) -> bool:
    """Whether one of the roles allows the action."""
    granted = frozenset(roles)
    if action == "give_opinion" and "coordinator" in granted:
        return False
    return not granted.isdisjoint(PERMISSIONS[action])


def can_see(section: Section, roles: Iterable[Role]) -> bool:
    """Whether one of the roles sees that section of a visible pilot."""
    return not VISIBILITY[section].isdisjoint(roles)


def pilot_is_visible(roles: Iterable[Role], *, published: bool) -> bool:
    """Whether the pilot is visible to the roles. `published`: its trial was opened at some time."""
    return published or not _TEAM.isdisjoint(roles)


def allowed_roles_text(action: Action) -> str:
    """The roles that allow an action, in French: « à la coordination ou au porteur du projet »."""
    named = [LABELS[role] for role in ROLES if role in PERMISSIONS[action]]
    return " ou ".join(
        f"au {each.removeprefix('le ')}" if each.startswith("le ") else f"à {each}"
        for each in named
    )
