"""Write a pilot's protocol, freeze it, amend it: a frozen version stays, the next says why."""

from dataclasses import replace

from pilotes.record.domain.decisions import DecisionKind
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.protocol_checks import (
    mistakes_of,
    mistakes_of_amendment,
    mistakes_of_routes,
)
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.desk import Desk, Held, Wish
from pilotes.record.ports import WrittenProtocol
from socle.errors import Refusal


async def write_protocol(wish: Wish, protocol: Protocol, *, desk: Desk) -> Pilot:
    """Keep it as what is being written; it may be unfinished. `protocol.version` is not looked at.

    Raises Refusal where the version in force is frozen, or a route is none that may be covered.
    """
    async with desk.hold(wish) as held:
        _before_trial(held)
        written = await held.change.protocol()
        if written is not None and written.frozen:
            raise Refusal(
                "conflict",
                f"La version {written.protocol.version} du protocole est gelée : faites-en un"
                " amendement, avec son motif.",
            )
        _check(tuple(mistakes_of_routes(protocol.routes)), "écrit")
        version = 1 if written is None else written.protocol.version
        return await _keep(held, replace(protocol, version=version), reason="", frozen=False)


async def freeze_protocol(wish: Wish, *, desk: Desk) -> Pilot:
    """From now on its indicators are those it will be judged by. Raises Refusal."""
    async with desk.hold(wish) as held:
        _before_trial(held)
        written = await held.change.protocol()
        if written is None:
            raise Refusal("conflict", "Il n'y a pas encore de protocole à geler : écrivez-le.")
        if written.frozen:
            raise Refusal("conflict", f"La version {written.protocol.version} est déjà gelée.")
        _check(mistakes_of(written.protocol))
        return await _keep(held, written.protocol, reason=written.reason, frozen=True)


async def amend_protocol(wish: Wish, protocol: Protocol, reason: str, *, desk: Desk) -> Pilot:
    """A new version, frozen as it comes. In a trial it holds from the next request on; before one
    the Cr'Num judges it anew. Raises Refusal."""
    async with desk.hold(wish) as held:
        if held.pilot.stage not in (*BEFORE_TRIAL, "trial"):
            raise Refusal("conflict", "L'essai est fini : son protocole ne change plus.")
        written = await held.change.protocol()
        if written is None or not written.frozen:
            raise Refusal("conflict", "Le protocole n'est pas gelé : modifiez-le, sans amendement.")
        if replace(protocol, version=written.protocol.version) == written.protocol:
            raise Refusal("conflict", "Ce protocole est déjà celui en vigueur : rien n'y change.")
        after = replace(protocol, version=written.protocol.version + 1)
        in_trial = held.pilot.stage == "trial"
        _check(mistakes_of_amendment(written.protocol, after) if in_trial else mistakes_of(after))
        return await _keep(held, after, reason=reason, frozen=True, before=written)


async def _keep(
    held: Held,
    protocol: Protocol,
    *,
    reason: str,
    frozen: bool,
    before: WrittenProtocol | None = None,
) -> Pilot:
    by = held.signatory.subject
    kept = await held.change.write_protocol(
        protocol, reason=reason, at=held.now, by=by, frozen=frozen
    )
    if frozen:
        kind: DecisionKind = "protocol_frozen" if before is None else "protocol_amended"
        facts = {"version": protocol.version, "digest": kept.digest, "reason": reason}
        await held.change.decide(held.says(kind, **facts))
    return await held.save(replace(held.pilot, protocol_version=protocol.version))


def _before_trial(held: Held) -> None:
    if held.pilot.stage not in BEFORE_TRIAL:
        raise Refusal(
            "conflict",
            "L'essai a commencé : son protocole est gelé. Un amendement en fait une nouvelle"
            " version, avec son motif.",
        )


def _check(mistakes: tuple[str, ...], done: str = "gelé") -> None:
    if mistakes:
        raise Refusal(
            "invalid",
            f"Le protocole ne peut pas être {done} : {' ; '.join(mistakes)}.",
            mistakes=list(mistakes),
        )
