"""Prove that no person can be identified in a closed pilot: its salt is searched wherever it was
stored.

Without the salt a pseudonym is 32 bytes that cannot be linked to a person.
"""

from dataclasses import dataclass
from typing import Final

from pilotes.record.domain.decisions import ReadStatement, row_differences
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.actor import pilot_not_found
from pilotes.record.ports import Records, SaltTraces

_PAGE: Final = 1000  # decisions


@dataclass(frozen=True, slots=True)
class ErasureProof:
    """The checks of an erasure, and their results."""

    lines: tuple[tuple[bool, str], ...]
    """For each check, whether it succeeded, and its result in French."""

    @property
    def holds(self) -> bool:
        """Whether every check succeeded."""
        return all(good for good, _ in self.lines)


async def prove_erasure(
    pilot_id: PilotId, *, records: Records, traces: SaltTraces, read: ReadStatement
) -> ErasureProof:
    """Check that the salt of a pilot is destroyed.

    Raises Refusal if there is no such pilot, Retry if the bus or the database cannot be read.
    """
    pilot = await records.find(pilot_id)
    if pilot is None:
        raise pilot_not_found(pilot_id)
    number = await _destruction_number(pilot_id, records, read)
    left = await traces.count(pilot_id)
    unsaid = "aucune décision signée ne le dit"
    if pilot.stage != "closed":
        unsaid = "non, ce pilote n'est pas clos et son sel sert encore"
    decided = f"décision {number}, signée" if number else unsaid
    spoken = "sans sel" if left.bus_deleted else "avec le sel"
    return ErasureProof(
        (
            (number is not None, f"la destruction du sel est décidée : {decided}"),
            (not left.in_database, _location_line("base de données", left.in_database)),
            (
                not left.outbox_rows,
                _location_line("annonces en attente ou gardées", left.outbox_rows),
            ),
            (left.bus_deleted, f"bus : le dernier mot sur ce pilote est {spoken}"),
            (not left.bus_records, _past_records_line(left.bus_records)),
        )
    )


def _location_line(where: str, left: int) -> str:
    return f"{where} : " + ("le sel s'y trouve encore" if left else "aucun sel")


def _past_records_line(records: int) -> str:
    if not records:
        return "bus : aucune annonce passée ne porte le sel"
    carry = "1 annonce passée porte" if records == 1 else f"{records} annonces passées portent"
    return f"bus : {carry} encore le sel, jusqu'au prochain compactage : recommencez ensuite"


async def _destruction_number(
    pilot_id: PilotId, records: Records, read: ReadStatement
) -> int | None:
    """The number of the signed decision that destroyed the salt; None without one."""
    after = 0
    while page := await records.list_decisions(pilot_id, after=after, limit=_PAGE):
        for entry in page:
            statement = read(entry.jws)
            # A row that was changed can be another pilot's decision.
            if statement is None or row_differences(entry, statement):
                continue
            if statement["facts"].get("salt") == "destroyed":
                return entry.number
        after = page[-1].number
    return None
