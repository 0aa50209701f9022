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
class Standing:
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


def replayed(statements: Iterable[Mapping[str, Any]]) -> dict[str, Standing]:
    """By pilot, what its decisions come to. `statements`: those whose signature holds, in order."""
    found: dict[str, Standing] = {}
    for said in statements:
        standing = found.setdefault(said["pilot_id"], Standing())
        _apply(standing, said["kind"], said["facts"])
        if said["kind"] == "notice_published":
            standing.published[said["facts"]["version"]] = datetime.fromisoformat(said["at"])
    return found


def _apply(standing: Standing, kind: str, facts: Mapping[str, Any]) -> None:
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


def differences(decided: Mapping[str, Standing], kept: Mapping[str, Standing]) -> Iterator[str]:
    """What is kept otherwise than it was decided, in French."""
    signed = _first_signed(decided)
    for pilot in sorted(decided.keys() | kept.keys()):
        if pilot not in kept:
            yield f"pilote {pilot} : décidé, mais il n'est plus dans la base"
        elif pilot not in decided:
            yield f"pilote {pilot} : dans la base, mais aucune décision n'en parle"
        else:
            for what in (
                *_between(decided[pilot], kept[pilot]),
                *_of_notices(decided[pilot], kept[pilot], signed),
            ):
                yield f"pilote {pilot} : {what}"


def unsigned(decided: Mapping[str, Standing], kept: Mapping[str, Standing]) -> Iterator[str]:
    """What no decision vouches for, and none could: notices that were published before the first
    one that was signed. In French."""
    signed = _first_signed(decided)
    for pilot in sorted(kept):
        known = decided[pilot].notices if pilot in decided else {}
        for version, at in sorted(kept[pilot].published.items()):
            if version not in known and at < signed:
                yield (
                    f"pilote {pilot} : notice {version} : publiée avant que cela soit une décision"
                    " signée ; rien ne dit qu'elle est restée la même"
                )


def _first_signed(decided: Mapping[str, Standing]) -> datetime:
    """When a notice was first published by a decision."""
    return min((at for each in decided.values() for at in each.published.values()), default=_NEVER)


def _of_notices(decided: Standing, kept: Standing, signed: datetime) -> Iterator[str]:
    """`signed`: from when on each has a decision."""
    expected = {
        version: digest
        for version, digest in kept.notices.items()
        if version in decided.notices or kept.published[version] >= signed
    }
    yield from _among("notice", decided.notices, expected)
    for version, at in decided.published.items():
        if kept.published.get(version, at) != at:
            yield f"notice {version} : la date de publication n'est pas celle de la décision"


def _between(decided: Standing, kept: Standing) -> Iterator[str]:
    if decided.stage != kept.stage:
        yield f"l'étape est « {kept.stage} », les décisions disent « {decided.stage} »"
    if decided.paused != kept.paused:
        yield "la pause n'est pas celle que disent les décisions"
    if decided.salted != kept.salted:
        yield "le sel n'est pas ce que disent les décisions (gardé, ou détruit)"
    if decided.version not in (None, kept.version):
        yield "la version du protocole en vigueur n'est pas celle que disent les décisions"
    if decided.domain not in (None, kept.domain):
        yield "le domaine n'est plus celui qu'avait le pilote à l'ouverture de l'essai"
    yield from _among("protocole, version", decided.protocols, kept.protocols)
    yield from _among("pièce", decided.evidence, kept.evidence)
    yield from _among("rôle de", decided.members, kept.members)


def _among(what: str, decided: Mapping[Any, str], kept: Mapping[Any, str]) -> Iterator[str]:
    for name in sorted(decided.keys() | kept.keys()):
        if name not in kept:
            yield f"{what} {name} : décidé, mais disparu de la base"
        elif name not in decided:
            yield f"{what} {name} : dans la base, sans décision"
        elif decided[name] != kept[name]:
            yield f"{what} {name} : modifié après la décision"
