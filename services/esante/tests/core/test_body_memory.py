"""The memory of unfinished bodies: bounded for each account, and returned. Measured in bytes of a
separate process."""

import asyncio
import json

from fhir_world import FhirWorld
from service_program import Program

from socle.testing import until

MIB = 1024 * 1024
BODY = 8 * MIB
CALLERS = 30
ACCOUNT = {"role": "patient", "patient": "p1", "scope": "patient/*.cruds"}


async def unfinished(fhir: FhirWorld) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which all but the last byte of a body was sent."""
    reader, writer = await fhir.connect()
    writer.write(fhir.head("POST", "/Binary", f"Content-Length: {BODY}", **ACCOUNT))
    for _ in range(BODY // MIB - 1):
        writer.write(b" " * MIB)
        await writer.drain()
    writer.write(b" " * (MIB - 1))
    await writer.drain()
    return reader, writer


async def test_unfinished_bodies_of_one_account_take_a_bounded_memory(
    served: tuple[FhirWorld, Program],
) -> None:
    fhir, program = served
    large = {"resourceType": "Binary", "contentType": "text/plain", "data": "A" * 4 * MIB}
    await fhir.create(large, account="other")
    before = program.memory("VmRSS")
    opened = await asyncio.gather(*(unfinished(fhir) for _ in range(CALLERS)))
    refusals = [asyncio.create_task(_refusal(reader)) for reader, _ in opened]
    await until(lambda: sum(each.done() for each in refusals) >= CALLERS - 4)
    # Four of 8 MiB, and what is in transit.
    assert program.memory("VmHWM") < before + 64 * MIB
    # Small bodies of the account, and large ones of others, are read meanwhile.
    assert (await fhir.send("POST", "/Patient", b"{", **ACCOUNT)).status == 400
    await fhir.create(large, account="other")
    assert [each.result() for each in refusals if each.done()] == ["throttled"] * (CALLERS - 4)
    for _, writer in opened:
        writer.transport.abort()
    await asyncio.gather(*refusals, return_exceptions=True)
    await until(lambda: program.memory("VmRSS") < before + 16 * MIB)


async def _refusal(reader: asyncio.StreamReader) -> str:
    """The code of the refusal that is answered."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 429 "), head
    assert b"retry-after: " in head
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    outcome = json.loads(await reader.readexactly(length))
    return str(outcome["issue"][0]["code"])
