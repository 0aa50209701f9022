"""Who may do what in a pilot, and see what: one table, that the API and its tests read.

coordinator      the platform's role: coordinates every pilot
project_holder   carries one pilot; crnum_member judges it; partner helps it: memberships
participant      whoever consented to it
public           everybody
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

Role = Literal["coordinator", "project_holder", "crnum_member", "partner", "participant", "public"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Member = Literal["project_holder", "crnum_member", "partner"]
"""The roles that are given in one pilot's record, to a subject."""

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

MAY: Final[Mapping[Action, frozenset[Role]]] = {
    "create": frozenset({"coordinator"}),
    "describe": _HOLDS,
    "name_members": frozenset({"coordinator"}),
    "write_protocol": _HOLDS,
    "freeze_protocol": frozenset({"coordinator"}),
    "amend_protocol": frozenset({"coordinator"}),
    "show_effects": _HOLDS,
    "give_evidence": _HOLDS,
    # Nobody judges what they carry: a coordinator does not, whatever the record says of them.
    "give_opinion": frozenset({"crnum_member"}),
    "open_gate": frozenset({"coordinator"}),
    # Whoever sees harm stops it; starting again is the coordinator's.
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

SEES: Final[Mapping[Section, frozenset[Role]]] = {
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


def may(action: Action, roles: Iterable[Role]) -> bool:
    """Whether somebody of those roles may do that."""
    held = frozenset(roles)
    if action == "give_opinion" and "coordinator" in held:
        return False
    return not held.isdisjoint(MAY[action])


def sees(section: Section, roles: Iterable[Role]) -> bool:
    """Whether somebody of those roles sees that part of a pilot they know of."""
    return not SEES[section].isdisjoint(roles)


def knows(roles: Iterable[Role], *, published: bool) -> bool:
    """Whether the pilot exists for them. `published`: its trial was opened at some time."""
    return published or not _TEAM.isdisjoint(roles)


def up_to(action: Action) -> str:
    """Whose it is, in French: « à la coordination ou au porteur du projet »."""
    named = [LABELS[role] for role in ROLES if role in MAY[action]]
    return " ou ".join(
        f"au {each.removeprefix('le ')}" if each.startswith("le ") else f"à {each}"
        for each in named
    )
