"""Every official example is returned as it was received, byte for byte, except `id` and `meta`.

One of each type by default, twelve in a campaign; `ESANTE_EXAMPLES=all` takes all valid ones.
"""

import json
import os
from pathlib import Path

import pytest
from fhir_world import FhirWorld
from official_r4 import official_examples

from socle.testing import sized

LARGEST = 4 * 1024 * 1024
SERVED = {"Subscription-example-error.json", "Subscription-example.json"}
"""The server gives them a status, and hides what their headers contain."""


def chosen() -> list[Path]:
    number = os.environ.get("ESANTE_EXAMPLES", sized(1, deep=12))
    files = official_examples(of_each=None if number == "all" else int(number))
    return [each for each in files if each.stat().st_size < LARGEST and each.name not in SERVED]


def shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def changed(before: str, after: str) -> tuple[int, str, str]:
    """The length of their common beginning, and what differs before their common end."""
    head = shared(before, after)
    tail = shared(before[head:][::-1], after[head:][::-1])
    return head, before[head : len(before) - tail], after[head : len(after) - tail]


def meta_of(text: str) -> tuple[int, int]:
    """The span of the top-level `meta`; (0, 0) without one."""
    decoder = json.JSONDecoder()

    def skipped(at: int) -> int:
        return at + len(text[at:]) - len(text[at:].lstrip())

    place = skipped(text.index("{") + 1)
    while text[place] == '"':
        name, place = decoder.raw_decode(text, place)
        start = skipped(skipped(place) + 1)  # past the colon
        _, place = decoder.raw_decode(text, start)
        if name == "meta":
            return start, place
        place = skipped(skipped(place) + 1)  # past the comma, or the end
        if place >= len(text):
            break
    return 0, 0


@pytest.mark.deep
async def test_every_example_comes_out_as_it_went_in(fhir: FhirWorld) -> None:
    files = chosen()
    refused = []
    for file in files:
        sent = file.read_bytes()
        resource = json.loads(sent)
        path = f"/{resource['resourceType']}/{resource.get('id', 'none')}"
        put = await fhir.send("PUT", path, sent)
        if put.status not in (200, 201):
            refused.append(file.name)
            continue
        # A Binary is read as bytes otherwise.
        read = await fhir.send("GET", path, headers={"Accept": "application/fhir+json"})
        assert read.status == 200
        before, after = sent.decode("utf-8-sig"), read.body.decode()
        head, was, became = changed(before, after)
        start, end = meta_of(before)
        if end:
            # One stretch changed, and it lies within `meta`.
            assert start <= head <= head + len(was) <= end, (file.name, was, became)
        else:
            assert was == "", (file.name, was, became)
            assert "lastUpdated" in became
            assert len(became) < 120, file.name
    assert len(files) > 100
    assert len(refused) < len(files) / 50, refused
