"""The revision of a person's open records in SQL, read by the statement that reads what they see.

Each change of what opens or closes records adds a random number for those whom it concerns
(migration 0018). The revision is the XOR of the numbers of all that the person is.
"""

from collections.abc import Sequence
from typing import Final


def revision_sql(members: Sequence[str]) -> str:
    """Selects the revision. `members`: their placeholders.

    Not one array, for whose unknown length every execution would be planned again.
    """
    listed = ", ".join(members)
    return f"SELECT coalesce(bit_xor(token), 0) FROM access_change WHERE member IN ({listed})"  # noqa: S608


SELECT_REVISION: Final = revision_sql(("$1", "$2", "$3", "$4"))
# Numbers of one member become one, which is their XOR: the revision stays as it is.
MERGE_CHANGES: Final = """
WITH merged AS (
    DELETE FROM access_change WHERE member IN (
        SELECT member FROM access_change GROUP BY member HAVING count(*) > 1)
    RETURNING member, token
)
INSERT INTO access_change SELECT member, bit_xor(token) FROM merged GROUP BY member"""
