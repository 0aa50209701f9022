"""The records of an attack: a program writes them, and removes them with what callers created."""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from fhir_bundles import bundle, entry

from record_access.attempts import Answered, Attempt, Names
from record_access.planted_records import SHARED, marked_note, planted

PROGRAM: Final = "program"
"""The caller that writes the records: a program that may do everything."""
_CREATED: Final = re.compile(r"/?([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})/_history/1\b")
_BATCH: Final = 50


class Target(Protocol):
    """A running server."""

    async def send(self, attempt: Attempt, caller: str) -> Answered:
        """Send one request in the name of a caller."""


@dataclass(slots=True)
class Planting:
    """`existing`: ids of patients in whose records a note with a marker of its own is written."""

    target: Target
    existing: Sequence[str] = ()
    word: str = field(default_factory=lambda: secrets.token_hex(5))
    records: list[Names] = field(default_factory=list)
    created: set[str] = field(default_factory=set)
    """References to what callers created."""

    @property
    def victim(self) -> Names:
        """The record that exists."""
        return Names(f"v{self.word}", f"xyzzy{self.word}")

    @property
    def absent(self) -> Names:
        """The record that never did."""
        return Names(f"a{self.word}", f"plugh{self.word}")

    @property
    def markers(self) -> list[str]:
        """The words of the records, which no request contains."""
        return [self._marker("x"), *map(self.marker_of, self.existing)]

    def marker_of(self, patient: str) -> str:
        """The word in the record of a patient who existed before."""
        return self._marker(str(self.existing.index(patient)))

    async def prepare(self) -> None:
        """Write what the records refer to."""
        await self._write(SHARED)

    async def plant(self, names: Names) -> None:
        """Write a record."""
        self.records.append(names)
        await self._write(planted(names, self._marker("x")))

    async def mark(self) -> None:
        """Write a note in each record that existed before."""
        notes = [marked_note(self._note(e), e, self.marker_of(e)) for e in self.existing]
        for place in range(0, len(notes), _BATCH):
            await self._write(notes[place : place + _BATCH])

    def note_creation(self, answer: Answered) -> None:
        """Note what a request of a caller has created, to be removed."""
        if answer.status in (200, 201):
            text = f"{answer.headers.get('location', '')} {answer.body.decode(errors='replace')}"
            if answer.status == 201 or '"transaction-response"' in text or '"201 ' in text:
                self.created.update(_CREATED.findall(text))

    async def remove(self) -> None:
        """Delete what was written."""
        places = [f"Observation/{self._note(each)}" for each in self.existing]
        for names in self.records:
            types = [each["resourceType"] for each in planted(names, "")]
            places += [f"{each}/{names.record}" for each in reversed(types)]
        for place in [*sorted(self.created), *places]:
            await self.target.send(Attempt("DELETE", f"/{place}"), PROGRAM)

    async def search_parameters(self) -> list[tuple[str, str, str]]:
        """(type, parameter, its type) of the types of the record, as the server states them."""
        answer = await self.target.send(Attempt("GET", "/metadata"), PROGRAM)
        types = {each["resourceType"] for each in planted(self.victim, "")}
        return [
            (each["type"], one["name"], one["type"])
            for each in json.loads(answer.body)["rest"][0]["resource"]
            if each["type"] in types
            for one in each.get("searchParam", ())
        ]

    async def _write(self, resources: Sequence[Any]) -> None:
        entries = [entry("PUT", f"{each['resourceType']}/{each['id']}", each) for each in resources]
        answer = await self.target.send(Attempt("POST", "", bundle(*entries)), PROGRAM)
        if answer.status != 200:
            raise RuntimeError(f"The program cannot write: {answer.body.decode()[:500]}")

    def _note(self, patient: str) -> str:
        return f"n{self.word}-{self.existing.index(patient)}"

    def _marker(self, place: str) -> str:
        return f"frobozz{self.word[::-1]}-{place}."
