"""Routes of roles: the table of permissions, and the roles of the caller."""

from fastapi import Depends, Request
from pydantic import BaseModel

from pilotes.http.api.cache_control import forbid_caching
from pilotes.identity.api.caller import caller
from pilotes.record.domain.roles import (
    ACTIONS,
    LABELS,
    PERMISSIONS,
    ROLES,
    SECTIONS,
    VISIBILITY,
    Action,
    Member,
    Role,
    Section,
)
from pilotes.record.flows.desk import Desk
from socle.http import Router


class RolesBody(BaseModel):
    """The table of permissions.

    `labels`: the roles in French. `may`: the roles that can do an action. `sees`: the roles that
    see a section of the record.
    """

    labels: dict[Role, str]
    may: dict[Action, list[Role]]
    sees: dict[Section, list[Role]]


class MeBody(BaseModel):
    """The identity of the caller.

    `subject`: a coordinator gives them a role in a pilot under this identifier; null without login.
    `platform_role`: their role on the platform. `roles`: their roles in pilots, by pilot id.
    """

    subject: str | None
    platform_role: str
    roles: dict[str, Member]


def roles_router(desk: Desk) -> Router:
    """The routes of roles."""
    router = Router(tags=["pilots"], dependencies=[Depends(forbid_caching)])

    @router.get("/roles", operation_id="list_roles", summary="Qui peut quoi, qui voit quoi")
    async def roles() -> RolesBody:
        """La table que l'interface applique."""
        return RolesBody(
            labels=dict(LABELS),
            may={action: [r for r in ROLES if r in PERMISSIONS[action]] for action in ACTIONS},
            sees={section: [r for r in ROLES if r in VISIBILITY[section]] for section in SECTIONS},
        )

    @router.get("/me", operation_id="get_my_roles", summary="Qui vous êtes ici")
    async def me(request: Request) -> MeBody:
        """Votre identifiant, à donner à la coordination pour qu'elle vous nomme dans un pilote."""
        found = caller(request)
        roles = await desk.records.roles_of(found.subject) if found.subject else {}
        return MeBody(
            subject=found.subject or None,
            platform_role=found.role,
            roles={str(pilot): role for pilot, role in roles.items()},
        )

    return router
