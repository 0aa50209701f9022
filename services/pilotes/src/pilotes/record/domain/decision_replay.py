"""The record rebuilt from its decisions, compared with the stored record.

Every stage, pause, frozen protocol, piece of evidence and role results from a signed decision.
Stored data that differ were written by something else than the service.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class PilotState:
    """The state of one pilot, as decided or as stored."""

    stage: str = "idea"
    paused: bool = False
    salted: bool = True
    """Whether its salt exists."""
    version: int | None = None
    """The version of the protocol in force. As decided, None before one is frozen; as stored, it
    can be a draft."""
    domain: str | None = None
    """The field, on which the disclosure threshold depends. As decided, None before the trial."""
    processing: str | None = None
    """Digest of the entry of the register. As decided, None before a decision contains it."""
    protocols: dict[int, str] = field(default_factory=dict)
    """Digest of each frozen version."""
    evidence: dict[int, str] = field(default_factory=dict)
    """Digest of each piece, by id."""
    members: dict[str, str] = field(default_factory=dict)
    """Role by subject."""
    notices: dict[str, str] = field(default_factory=dict)
    """Digest of each version."""
    published: dict[str, datetime] = field(default_factory=dict)
    """When each version was published."""


def replay(statements: Iterable[Mapping[str, Any]]) -> dict[str, PilotState]:
    """By pilot, the state that results from the decisions. `statements`: the decisions with a valid
    signature, in order."""
    found: dict[str, PilotState] = {}
    for decision in statements:
        state = found.setdefault(decision["pilot_id"], PilotState())
        _apply(state, decision["kind"], decision["facts"])
        if decision["kind"] == "notice_published":
            state.published[decision["facts"]["version"]] = datetime.fromisoformat(decision["at"])
    return found


def _apply(state: PilotState, kind: str, facts: Mapping[str, Any]) -> None:
    """Apply one decision to the state of its pilot."""
    state.processing = _processing(state, kind, facts)
    if kind in ("stage", "protocol_amended"):
        state.domain = facts.get("field", state.domain)
    if kind == "stage":
        state.stage, state.paused = facts["to"], False
        state.salted = state.salted and facts.get("salt") != "destroyed"
    elif kind in ("pause", "resume"):
        state.paused = kind == "pause"
    elif kind in ("protocol_frozen", "protocol_amended"):
        state.version = facts["version"]
        state.protocols[facts["version"]] = facts["digest"]
    elif kind == "notice_published":
        state.notices[facts["version"]] = facts["digest"]
    elif kind in ("evidence", "opinion", "effects_shown"):
        state.evidence |= {each["id"]: each["digest"] for each in facts["evidence"]}
    elif kind == "member" and facts["role"] is None:
        state.members.pop(facts["subject"], None)
    elif kind == "member":
        state.members[facts["subject"]] = facts["role"]


def _processing(state: PilotState, kind: str, facts: Mapping[str, Any]) -> str | None:
    if kind not in ("stage", "protocol_amended", "processing_changed"):
        return state.processing
    found: str | None = facts.get("processing", state.processing)
    return found


def find_differences(
    decided: Mapping[str, PilotState], stored: Mapping[str, PilotState]
) -> Iterator[str]:
    """The differences between the stored states and the decided ones, in French."""
    signed = _first_signed(decided)
    for pilot in sorted(decided.keys() | stored.keys()):
        if pilot not in stored:
            yield f"pilote {pilot} : décidé, mais il n'est plus dans la base"
        elif pilot not in decided:
            yield f"pilote {pilot} : dans la base, mais aucune décision n'en parle"
        else:
            for what in (
                *_compare_states(decided[pilot], stored[pilot]),
                *_compare_notices(decided[pilot], stored[pilot], signed),
            ):
                yield f"pilote {pilot} : {what}"


def find_unsigned(
    decided: Mapping[str, PilotState], stored: Mapping[str, PilotState]
) -> Iterator[str]:
    """The notices that no decision covers because they were published before the first signed one,
    in French."""
    signed = _first_signed(decided)
    for pilot in sorted(stored):
        known = decided[pilot].notices if pilot in decided else {}
        for version, at in sorted(stored[pilot].published.items()):
            if version not in known and at < signed:
                yield (
                    f"pilote {pilot} : notice {version} : publiée avant que cela soit une décision"
                    " signée ; rien ne dit qu'elle est restée la même"
                )


def _first_signed(decided: Mapping[str, PilotState]) -> datetime:
    """The instant of the first decision that published a notice, in any pilot."""
    return min((at for each in decided.values() for at in each.published.values()), default=_NEVER)


def _compare_notices(decided: PilotState, stored: PilotState, signed: datetime) -> Iterator[str]:
    """The differences between notices. `signed`: the instant from which every notice has a
    decision."""
    expected = {
        version: digest
        for version, digest in stored.notices.items()
        if version in decided.notices or stored.published[version] >= signed
    }
    yield from _compare_digests("notice", decided.notices, expected)
    for version, at in decided.published.items():
        if stored.published.get(version, at) != at:
            yield f"notice {version} : la date de publication n'est pas celle de la décision"


def _compare_states(decided: PilotState, stored: PilotState) -> Iterator[str]:
    if decided.stage != stored.stage:
        yield f"l'étape est « {stored.stage} », les décisions disent « {decided.stage} »"
    if decided.paused != stored.paused:
        yield "la pause n'est pas celle que disent les décisions"
    if decided.salted != stored.salted:
        yield "le sel n'est pas ce que disent les décisions (gardé, ou détruit)"
    if decided.version not in (None, stored.version):
        yield "la version du protocole en vigueur n'est pas celle que disent les décisions"
    if decided.domain not in (None, stored.domain):
        yield "le domaine n'est plus celui qu'avait le pilote à l'ouverture de l'essai"
    if decided.processing not in (None, stored.processing):
        yield "la fiche de traitement n'est pas celle que disent les décisions"
    yield from _compare_digests("protocole, version", decided.protocols, stored.protocols)
    yield from _compare_digests("pièce", decided.evidence, stored.evidence)
    yield from _compare_digests("rôle de", decided.members, stored.members)


def _compare_digests(
    what: str, decided: Mapping[Any, str], stored: Mapping[Any, str]
) -> Iterator[str]:
    for name in sorted(decided.keys() | stored.keys()):
        if name not in stored:
            yield f"{what} {name} : décidé, mais disparu de la base"
        elif name not in decided:
            yield f"{what} {name} : dans la base, sans décision"
        elif decided[name] != stored[name]:
            yield f"{what} {name} : modifié après la décision"
