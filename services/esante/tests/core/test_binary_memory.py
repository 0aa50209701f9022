"""The memory of Binaries of 50 MiB that many send and read at once. Measured in bytes of a separate
process."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

from fhir_world import FhirWorld
from service_program import Program

MIB = 1024 * 1024
SIZE = 50 * MIB
CALLERS = 4
PART = bytes(range(256)) * 4096


async def content() -> AsyncIterator[bytes]:
    for _ in range(SIZE // MIB):
        yield PART


async def test_large_contents_pass_in_a_bounded_memory(
    served: tuple[FhirWorld, Program],
) -> None:
    fhir, program = served
    await fhir.send("PUT", "/Binary/first", PART, media="application/dicom")
    await fhir.send("GET", "/Binary/first")
    before = program.memory("VmHWM")
    names = [f"b{number}" for number in range(CALLERS)]
    made = await asyncio.gather(
        *(fhir.send("PUT", f"/Binary/{n}", content(), media="application/dicom") for n in names)
    )
    assert [each.status for each in made] == [201] * CALLERS
    digest = hashlib.sha256(PART * (SIZE // MIB)).digest()
    for headers in ({}, {"Accept": "application/fhir+json"}):
        answer = await fhir.send("GET", "/Binary/b0", headers=headers)
        assert len(answer.body) >= SIZE
        assert headers or hashlib.sha256(answer.body).digest() == digest
    # A quarter of one content: none is held, by the service or between it and the database.
    assert program.memory("VmHWM") < before + SIZE // 4
