"""SQL statements that change a locked pilot."""

from typing import Final

# One decision at a time, across all pilots: each contains the hash of the previous one.
LOCK_CHAIN: Final = "SELECT pg_advisory_xact_lock(hashtextextended('pilotes.decisions', 0))"
SAVE: Final = """
UPDATE pilot SET revision = $2, stage = $3, paused = $4, field = $5, title = $6, description = $7,
    processing = $8, protocol_version = $9, changed_at = $10, changed_by = $11, trial_at = $12,
    closed_at = $13, finished_at = $14, pause_reason = $15
WHERE pilot_id = $1"""
WRITE_PROTOCOL: Final = """
INSERT INTO protocol (pilot_id, version, content, digest, reason, written_at, written_by, frozen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (pilot_id, version) DO UPDATE SET content = excluded.content,
    digest = excluded.digest, reason = excluded.reason, written_at = excluded.written_at,
    written_by = excluded.written_by, frozen_at = excluded.frozen_at"""
ADD_EVIDENCE: Final = """
INSERT INTO evidence (pilot_id, kind, protocol_version, content, digest, given_at, given_by,
    given_as)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING evidence_id"""
SET_MEMBER: Final = """
INSERT INTO membership (pilot_id, subject, role, name, given_at, given_by)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (pilot_id, subject) DO UPDATE SET role = excluded.role, name = excluded.name,
    given_at = excluded.given_at, given_by = excluded.given_by"""
PROPOSE: Final = """
INSERT INTO amendment (pilot_id, content, digest, processing, reason, proposed_at, proposed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (pilot_id) DO UPDATE SET content = excluded.content, digest = excluded.digest,
    processing = excluded.processing, reason = excluded.reason,
    proposed_at = excluded.proposed_at, proposed_by = excluded.proposed_by"""
AGREED: Final = "SELECT DISTINCT pseudonym FROM consent WHERE pilot_id = $1 ORDER BY pseudonym"
SETTLE_ROLE_INVITATION: Final = """
UPDATE role_invitation SET state = $3, settled_at = $4
WHERE pilot_id = $1 AND invitation_id = $2 AND state = 'open' AND expires_at > $4
RETURNING true"""
CLOSE: Final = (
    "UPDATE pilot SET salt = NULL WHERE pilot_id = $1",
    # The code of a second signer leads to a pseudonym.
    "DELETE FROM joint_consent WHERE pilot_id = $1",
    # Nobody is drawn any more.
    "DELETE FROM drawn_people WHERE pilot_id = $1",
    # Nothing reminds a participant of a closed pilot. A team is informed of the closing first.
    "DELETE FROM recipient WHERE pilot_id = $1 AND pseudonym IS NOT NULL",
    "DELETE FROM role_invitation WHERE pilot_id = $1",
)
"""What is erased with the salt, for the id of a pilot."""
