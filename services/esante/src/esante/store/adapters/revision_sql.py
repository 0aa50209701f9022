"""The revision of a person's open records in SQL, read by the statement that reads what they see.

Each change of what opens or closes records adds a random number for those whom it concerns
(migration 0018). The revision is the XOR of the numbers of all that the person is.
"""

from typing import Final

REVISION: Final = "SELECT coalesce(bit_xor(token), 0) FROM access_change WHERE member = ANY({})"
"""Selects the revision. `{}`: the placeholder of the members, as `text[]`."""
SELECT_REVISION: Final = REVISION.format("$1::text[]")
# Numbers of one member become one, which is their XOR: the revision stays as it is.
MERGE_CHANGES: Final = """
WITH merged AS (
    DELETE FROM access_change WHERE member IN (
        SELECT member FROM access_change GROUP BY member HAVING count(*) > 1)
    RETURNING member, token
)
INSERT INTO access_change SELECT member, bit_xor(token) FROM merged GROUP BY member"""
