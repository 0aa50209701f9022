"""Invitations to a role in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from pilotes.record.domain.role_invitations import RoleInvitation
from socle.postgres import Pool, reachable

_INVITATION: Final = TypeAdapter(RoleInvitation)
_FIND: Final = """
SELECT invitation_id AS id, pilot_id, role, name, inviter, invited_by, invited_at, expires_at, state
FROM role_invitation"""
# FOR SHARE waits for a closing that is being decided: it leaves no invitation.
_ADD: Final = """
INSERT INTO role_invitation (invitation_id, pilot_id, role, name, inviter, invited_by, invited_at,
    expires_at, state)
SELECT $1, pilot_id, $3, $4, $5, $6, $7, $8, $9 FROM pilot
WHERE pilot_id = $2 AND stage <> 'closed' FOR SHARE
RETURNING true"""


class PostgresRoleInvitations:
    """Implements `RoleInvitations`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, invitation: RoleInvitation) -> bool:
        with reachable():
            added = await self._pool.fetchval(
                _ADD,
                invitation.id,
                invitation.pilot_id,
                invitation.role,
                invitation.name,
                invitation.inviter,
                invitation.invited_by,
                invitation.invited_at,
                invitation.expires_at,
                invitation.state,
            )
        return bool(added)

    async def find(self, invitation_id: str) -> RoleInvitation | None:
        with reachable():
            row = await self._pool.fetchrow(_FIND + " WHERE invitation_id = $1", invitation_id)
        return None if row is None else _INVITATION.validate_python(dict(row))

    async def list_of(self, pilot_id: str) -> Sequence[RoleInvitation]:
        with reachable():
            rows = await self._pool.fetch(
                _FIND + " WHERE pilot_id = $1 ORDER BY invited_at DESC, invitation_id", pilot_id
            )
        return [_INVITATION.validate_python(dict(row)) for row in rows]
