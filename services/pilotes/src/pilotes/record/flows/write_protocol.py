"""Write a pilot's protocol, and freeze it. A frozen version never changes: it is amended
(`amend_protocol`)."""

from dataclasses import replace

from pilotes.record.domain.decisions import DecisionType
from pilotes.record.domain.health_routes import field_of
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.protocol_checks import mistakes_of, mistakes_of_routes
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.desk import ChangeRequest, Desk, LockedPilot
from pilotes.record.ports import ProtocolVersion
from socle.errors import Refusal


async def write_protocol(request: ChangeRequest, protocol: Protocol, *, desk: Desk) -> Pilot:
    """Save a draft, which can be incomplete. `protocol.version` is ignored.

    Raises Refusal as `Desk.lock` does, or if the trial was opened or the pilot stopped, the version
    in force is frozen, or a route cannot be covered.
    """
    async with desk.lock(request) as locked:
        _require_before_trial(locked)
        written = await locked.change.protocol()
        if written is not None and written.frozen:
            raise Refusal(
                "conflict",
                f"La version {written.protocol.version} du protocole est gelée : faites-en un"
                " amendement, avec son motif.",
            )
        require_no_mistakes(tuple(mistakes_of_routes(protocol.routes)), "écrit")
        version = 1 if written is None else written.protocol.version
        return await save_version(
            locked, replace(protocol, version=version), reason="", frozen=False
        )


async def freeze_protocol(request: ChangeRequest, *, desk: Desk) -> Pilot:
    """Freeze the version in force. Raises Refusal as `Desk.lock` does, or if the trial was opened
    or the pilot stopped, there is no version, or it is frozen already or has mistakes."""
    async with desk.lock(request) as locked:
        _require_before_trial(locked)
        written = await locked.change.protocol()
        if written is None:
            raise Refusal("conflict", "Il n'y a pas encore de protocole à geler : écrivez-le.")
        if written.frozen:
            raise Refusal("conflict", f"La version {written.protocol.version} est déjà gelée.")
        require_no_mistakes(mistakes_of(written.protocol))
        return await save_version(locked, written.protocol, reason=written.reason, frozen=True)


async def save_version(
    locked: LockedPilot,
    protocol: Protocol,
    *,
    reason: str,
    frozen: bool,
    before: ProtocolVersion | None = None,
) -> Pilot:
    """Save a version before the trial. `before`: the version that it amends; None for a draft or
    its freezing."""
    by = locked.signatory.subject
    saved = await locked.change.write_protocol(
        protocol, reason=reason, at=locked.now, by=by, frozen=frozen
    )
    if frozen:
        kind: DecisionType = "protocol_frozen" if before is None else "protocol_amended"
        facts = {"version": protocol.version, "digest": saved.digest, "reason": reason}
        await locked.change.add_decision(locked.new_decision(kind, **facts))
    field = field_of(locked.pilot.field, protocol.routes)
    return await locked.save(replace(locked.pilot, protocol_version=protocol.version, field=field))


def _require_before_trial(locked: LockedPilot) -> None:
    if locked.pilot.stage not in BEFORE_TRIAL:
        raise Refusal(
            "conflict",
            "L'essai a commencé : son protocole est gelé. Un amendement en fait une nouvelle"
            " version, avec son motif.",
        )


def require_no_mistakes(mistakes: tuple[str, ...], done: str = "gelé") -> None:
    """Raises Refusal if there are mistakes. `done`: the participle in its sentence."""
    if mistakes:
        raise Refusal(
            "invalid",
            f"Le protocole ne peut pas être {done} : {' ; '.join(mistakes)}.",
            mistakes=list(mistakes),
        )
