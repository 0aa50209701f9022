"""The record as its decisions tell it, held against the record as it is kept.

A stage, a pause, a frozen protocol, a piece of evidence, a role: each was decided and signed. What
is kept and was not decided, or otherwise, was written by somebody around the service.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class PilotState:
    """Where a pilot stands.

    `version`: of the protocol in force, None before one is frozen; `domain`: how few people may be
    shown hangs on it, None before the trial, until when it may change; `protocols`: digest of each
    frozen version; `evidence`: of each piece, by its id; `members`: role by subject; `notices`:
    digest of each version, `published`: when.
    """

    stage: str = "idea"
    paused: bool = False
    salted: bool = True
    version: int | None = None
    domain: str | None = None
    protocols: dict[int, str] = field(default_factory=dict)
    evidence: dict[int, str] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)
    published: dict[str, datetime] = field(default_factory=dict)


def replay(statements: Iterable[Mapping[str, Any]]) -> dict[str, PilotState]:
    """By pilot, what its decisions come to. `statements`: those whose signature holds, in order."""
    found: dict[str, PilotState] = {}
    for decision in statements:
        standing = found.setdefault(decision["pilot_id"], PilotState())
        _apply(standing, decision["kind"], decision["facts"])
        if decision["kind"] == "notice_published":
            standing.published[decision["facts"]["version"]] = datetime.fromisoformat(
                decision["at"]
            )
    return found


def _apply(standing: PilotState, kind: str, facts: Mapping[str, Any]) -> None:
    if kind == "stage":
        standing.stage, standing.paused = facts["to"], False
        standing.domain = facts.get("field", standing.domain)
        standing.salted = standing.salted and facts.get("salt") != "destroyed"
    elif kind in ("pause", "resume"):
        standing.paused = kind == "pause"
    elif kind in ("protocol_frozen", "protocol_amended"):
        standing.version = facts["version"]
        standing.protocols[facts["version"]] = facts["digest"]
    elif kind == "notice_published":
        standing.notices[facts["version"]] = facts["digest"]
    elif kind in ("evidence", "opinion", "effects_shown"):
        standing.evidence |= {each["id"]: each["digest"] for each in facts["evidence"]}
    elif kind == "member" and facts["role"] is None:
        standing.members.pop(facts["subject"], None)
    elif kind == "member":
        standing.members[facts["subject"]] = facts["role"]


def find_differences(
    decided: Mapping[str, PilotState], stored: Mapping[str, PilotState]
) -> Iterator[str]:
    """What is kept otherwise than it was decided, in French."""
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
    """What no decision vouches for, and none could: notices that were published before the first
    one that was signed. In French."""
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
    """When a notice was first published by a decision."""
    return min((at for each in decided.values() for at in each.published.values()), default=_NEVER)


def _compare_notices(decided: PilotState, stored: PilotState, signed: datetime) -> Iterator[str]:
    """`signed`: from when on each has a decision."""
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
