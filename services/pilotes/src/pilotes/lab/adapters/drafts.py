"""The drafts of coordinators in PostgreSQL."""

from datetime import timedelta
from typing import Final

from pilotes.lab.ports import Draft
from socle.postgres import Pool, reachable

_STORED: Final = timedelta(days=90)
_SAVE: Final = """
INSERT INTO lab_draft (pilot_id, form, author, revision, opened, typed, saved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (pilot_id, form, author) DO UPDATE SET revision = excluded.revision,
    opened = excluded.opened, typed = excluded.typed, saved_at = excluded.saved_at
"""


class PostgresDrafts:
    """Implements `Drafts`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, pilot_id: str, form: str, author: str) -> Draft | None:
        with reachable():
            row = await self._pool.fetchrow(
                "SELECT * FROM lab_draft WHERE pilot_id = $1 AND form = $2 AND author = $3",
                pilot_id,
                form,
                author,
            )
        return None if row is None else Draft(**row)

    async def save(self, draft: Draft) -> None:
        with reachable():
            await self._pool.execute(
                _SAVE,
                draft.pilot_id,
                draft.form,
                draft.author,
                draft.revision,
                draft.opened,
                draft.typed,
                draft.saved_at,
            )
            await self._pool.execute(
                "DELETE FROM lab_draft WHERE saved_at < $1", draft.saved_at - _STORED
            )

    async def delete(self, pilot_id: str, form: str, author: str) -> None:
        with reachable():
            await self._pool.execute(
                "DELETE FROM lab_draft WHERE pilot_id = $1 AND form = $2 AND author = $3",
                pilot_id,
                form,
                author,
            )
