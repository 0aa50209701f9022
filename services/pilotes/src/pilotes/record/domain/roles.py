"""Permissions in a pilot, and visible sections, by role: one table for the API and its tests.

coordinator      coordinates every pilot; a role of the platform
project_holder   leads one pilot; a membership
crnum_member     gives the opinion of the Cr'Num on one pilot; a membership
partner          takes part in the team of one pilot; a membership
participant      a person with an active consent
public           everybody
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

from pilotes.record.domain.stages import Stage

Role = Literal["coordinator", "project_holder", "crnum_member", "partner", "participant", "public"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""From the highest to the lowest."""

Member = Literal["project_holder", "crnum_member", "partner"]
"""Roles that are given to a subject in the record of one pilot."""
NO_PARTICIPANTS: Final[frozenset[Member]] = frozenset({"project_holder", "crnum_member"})
"""They lead or judge a pilot, and do not take part in it."""

Action = Literal[
    "create",
    "describe",
    "name_members",
    "write_protocol",
    "freeze_protocol",
    "amend_protocol",
    "show_effects",  # confirm that the detectable effects were seen
    "give_evidence",
    "give_opinion",
    "open_gate",
    "pause",
    "resume",
    "write_survey",
    "report",
    "read_reports",
    "inform",  # publish the notice
    "invite",  # create enrolment codes
    "read_register",  # of processing activities
    "contribute",  # give an opinion
    "read_contributions",
    "settle_contribution",  # moderate one
]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

Section = Literal["summary", "project", "protocol", "processing", "gates", "decisions", "evidence",
                  "signatures", "members"]  # fmt: skip
"""The parts of a record. `project`: problem, hypothesis, ethics and, during the trial, the results.
`processing`: the entry of the register. `signatures`: who decided, and the signed statements."""
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)

_LEADERS: Final = frozenset[Role]({"coordinator", "project_holder"})
_TEAM: Final = frozenset[Role]({*_LEADERS, "crnum_member", "partner"})
_ALL: Final = frozenset[Role](ROLES)

PERMISSIONS: Final[Mapping[Action, frozenset[Role]]] = {
    "create": frozenset({"coordinator"}),
    "describe": _LEADERS,
    "name_members": frozenset({"coordinator"}),
    "write_protocol": _LEADERS,
    "freeze_protocol": frozenset({"coordinator"}),
    "amend_protocol": frozenset({"coordinator"}),
    "show_effects": _LEADERS,
    "give_evidence": _LEADERS,
    # See `is_allowed`: a coordinator never does, even as a member of the Cr'Num in the record.
    "give_opinion": frozenset({"crnum_member"}),
    "open_gate": frozenset({"coordinator"}),
    # All three can stop harm; only a coordinator resumes the pilot.
    "pause": _LEADERS | {"crnum_member"},
    "resume": frozenset({"coordinator"}),
    "write_survey": _LEADERS,
    "report": _TEAM | {"participant"},
    "read_reports": _TEAM,
    "inform": _LEADERS,
    "invite": _LEADERS,
    "read_register": _ALL,
    "contribute": _ALL,
    "read_contributions": _TEAM,
    "settle_contribution": _LEADERS,
}

VISIBILITY: Final[Mapping[Section, frozenset[Role]]] = {
    "summary": _ALL,
    "decisions": _ALL,
    "processing": _ALL,
    "protocol": _ALL,
    "project": _TEAM,
    "gates": _TEAM,
    "evidence": _LEADERS | {"crnum_member"},
    "signatures": _LEADERS | {"crnum_member"},
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
    """Whether one of the roles allows the action. A coordinator never gives an opinion: they would
    judge a pilot that they run."""
    granted = frozenset(roles)
    if action == "give_opinion" and "coordinator" in granted:
        return False
    return not granted.isdisjoint(PERMISSIONS[action])


def can_see(section: Section, roles: Iterable[Role]) -> bool:
    """Whether one of the roles sees that section of a pilot that is visible to them."""
    return not VISIBILITY[section].isdisjoint(roles)


def can_see_results(stage: Stage, roles: Iterable[Role]) -> bool:
    """Whether one of the roles sees the results of a pilot whose trial has begun: the team does
    during the trial, everybody after it."""
    return stage != "trial" or can_see("project", roles)


def pilot_is_visible(roles: Iterable[Role], *, published: bool) -> bool:
    """Whether the pilot is visible to the roles. `published`: whether its trial was ever opened."""
    return published or not _TEAM.isdisjoint(roles)


def allowed_roles_text(action: Action) -> str:
    """The roles that allow an action, in French: « à la coordination ou au porteur du projet »."""
    named = [LABELS[role] for role in ROLES if role in PERMISSIONS[action]]
    return " ou ".join(
        f"au {each.removeprefix('le ')}" if each.startswith("le ") else f"à {each}"
        for each in named
    )
