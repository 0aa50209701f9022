"""Gates and decisions in responses."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, Field

from pilotes.record.domain.decisions import ChainEntry
from pilotes.record.domain.gates import MissingRequirement
from pilotes.record.domain.stages import Stage
from pilotes.record.flows.amendments import PendingAmendment
from pilotes.record.flows.list_decisions import ReadDecision
from pilotes.record.flows.list_gates import Gate
from socle.wording import curve_apostrophes

_OUTCOME: Final = ("from", "to", "reason", "version", "digest", "opinion", "protocol_version",
                   "changes", "unseen_facts")  # fmt: skip
"""The facts of a decision that are public."""


class MissingBody(BaseModel):
    """A requirement of a gate that is not met.

    `evidence`: its name, which does not change. `sentence`: for people, in French.
    """

    evidence: str
    sentence: str


def _missing_bodies(missing: Iterable[MissingRequirement]) -> list[MissingBody]:
    return [
        MissingBody(evidence=each.evidence, sentence=curve_apostrophes(each.sentence))
        for each in missing
    ]


class GateBody(BaseModel):
    """A stage that can follow.

    `open`: nothing is missing. `needs_reason`: whether the step requires a written reason.
    `warnings`: what that reason has to answer.
    """

    to: Stage
    label: str
    open: bool
    needs_reason: bool
    missing: list[MissingBody]
    warnings: list[MissingBody]

    @classmethod
    def of(cls, gate: Gate) -> "GateBody":
        """The body of a gate."""
        missing = _missing_bodies(gate.missing)
        return cls(
            to=gate.to,
            label=gate.label,
            open=not missing,
            needs_reason=gate.needs_reason,
            missing=missing,
            warnings=_missing_bodies(gate.warnings),
        )


class AmendmentStateBody(BaseModel):
    """An amendment that is proposed during a trial.

    `changes`: what changes for participants, in French. `missing`: what it still requires; with
    nothing missing, the next notice puts it in force.
    """

    version: int
    reason: str
    proposed_at: datetime
    changes: list[str]
    missing: list[MissingBody]

    @classmethod
    def of(cls, pending: PendingAmendment) -> "AmendmentStateBody":
        """The body of a proposed amendment."""
        return cls(
            version=pending.version,
            reason=pending.reason,
            proposed_at=pending.proposed_at,
            changes=[curve_apostrophes(each) for each in pending.changes],
            missing=_missing_bodies(pending.missing),
        )


class GatesBody(BaseModel):
    """The stage of a pilot, and the requirements that each next stage lacks. `amendment`: null
    unless one is proposed."""

    stage: Stage
    stage_label: str
    next: list[GateBody]
    amendment: AmendmentStateBody | None


class DecisionBody(BaseModel):
    """One decision.

    `outcome`: its public facts. `subject`, `jws` (RFC 7515): null for callers who do not see
    signatures. `previous`, `hash`: of the JWS, as the chain contains them.
    """

    number: int
    pilot_id: str
    kind: str
    label: str
    at: datetime
    role: str
    outcome: dict[str, str | int | None]
    previous: str
    hash: str
    subject: str | None
    jws: str | None

    @classmethod
    def of(cls, seen: ReadDecision, *, signatures: bool) -> "DecisionBody":
        """The body of a decision. `signatures`: whether the caller sees subjects and signatures."""
        entry, facts = seen.entry, seen.facts
        return cls(
            number=entry.number,
            pilot_id=entry.pilot_id,
            kind=entry.kind,
            label=seen.label,
            at=entry.at,
            role=seen.role,
            outcome={name: facts[name] for name in _OUTCOME if name in facts},
            previous=entry.previous,
            hash=entry.hash,
            subject=seen.subject if signatures else None,
            jws=entry.jws if signatures else None,
        )


class DecisionsBody(BaseModel):
    """Decisions in their order. `next`: the value of `after` for the next page, which can be empty;
    null if this page is not full."""

    decisions: list[DecisionBody]
    next: int | None


class HeadBody(BaseModel):
    """The last decision of all pilots. Stored elsewhere, it proves later that the chain was not
    truncated."""

    number: int
    hash: str
    at: datetime | None

    @classmethod
    def of(cls, entry: ChainEntry | None) -> "HeadBody":
        """The body of the last decision; number 0 without one."""
        if entry is None:
            return cls(number=0, hash="", at=None)
        return cls(number=entry.number, hash=entry.hash, at=entry.at)


After = Annotated[int, Field(ge=0, le=2**53)]
"""The number after which a page of decisions begins."""
