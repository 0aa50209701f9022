"""`python -m pilotes` as a process: its database migrated, its keys served, a graceful stop."""

import asyncio
import json
import os
import signal
from pathlib import Path

import aiohttp
import pytest
from pilot_lab import KEYS, SALT_KEY, Lab
from program_runs import environment as environment
from program_runs import program

from pilotes.wiring.commands import run_command
from socle.bus import TopicSpec, ensure_topics
from socle.testing import until


async def test_it_starts_serves_its_public_keys_and_stops(environment: dict[str, str]) -> None:
    base = f"http://127.0.0.1:{environment['PILOTES_PORT']}"
    async with aiohttp.ClientSession() as client, program("api", **environment) as process:

        async def ready() -> bool:
            assert process.returncode is None, "it did not start"
            try:
                async with client.get(f"{base}/readyz") as answer:
                    return answer.status == 200
            except aiohttp.ClientConnectionError:
                return False

        await until(ready)
        async with client.get(f"{base}/readyz") as answer:
            assert "postgres" in (await answer.json())["checks"]
        async with client.get(f"{base}/pilotes/v1/decision-keys") as answer:
            (key,) = (await answer.json())["keys"]
        assert (key["kid"], key["use"]) == ("first", "sig")
        assert "d" not in key
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_it_does_not_start_without_the_keys_it_signs_with(
    environment: dict[str, str],
) -> None:
    Path(environment["PILOTES_SIGNING_KEYS"]).write_text('{"keys": []}')
    async with program("api", **environment) as process:
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == os.EX_CONFIG
    assert "PILOTES_SIGNING_KEYS" in output.decode()


async def test_an_operator_verifies_the_record_and_an_erasure(
    environment: dict[str, str],
    pilots: Lab,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keys = {"keys": [KEYS.signing.as_dict(private=True) | {"kid": KEYS.signing_id}]}
    Path(environment["PILOTES_SIGNING_KEYS"]).write_text(json.dumps(keys))
    for name, value in (environment | {"PILOTES_KEY": SALT_KEY}).items():
        monkeypatch.setenv(name, value)

    async def output(*words: str) -> tuple[int, str]:
        """How a command ends, and what it says."""
        code = await asyncio.to_thread(run_command, words)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    await ensure_topics(
        environment["REGIONLAB_KAFKA"], [TopicSpec("pilotes.pilot.v1", partitions=1, kind="table")]
    )
    await pilots.create_pilot()
    await pilots.change("POST", "/stage", {"to": "stop", "reason": "Autre priorité."})
    code, lines = await output("prove-erasure", "alertes")
    assert (code, lines.count("NON")) == (1, 2), lines
    await pilots.change("POST", "/stage", {"to": "closed"})
    code, lines = await output("prove-erasure", "alertes")
    assert (code, lines.splitlines()[-1]) == (0, "L'effacement est prouvé."), lines
    code, lines = await output("verify")
    assert (code, lines.splitlines()[-1]) == (0, "Tout tient."), lines
    head = lines.splitlines()[1].removeprefix("La dernière : ")
    assert (await output("verify", "--head", head))[0] == 0
    code, lines = await output("verify", "--head", "3:" + "0" * 64)
    assert code == 1
    assert "n'est plus dans la chaîne" in lines
    code, lines = await output("prove-erasure", "aucun")
    assert (code, lines) == (1, "Aucun pilote ne porte le nom aucun.\n")


async def test_no_salt_is_left_unsealed_once_it_was_announced(
    environment: dict[str, str], pilots: Lab
) -> None:
    topics = ("pilotes.pilot.v1", "pilotes.consent.v1")
    specs = [TopicSpec(name, partitions=1, kind="table") for name in topics]
    await ensure_topics(environment["REGIONLAB_KAFKA"], specs)
    await pilots.reach_stage("trial")
    assert [each["salt"] for each in await pilots.pilot_events() if each]

    async def gone() -> bool:
        return await pilots.pilot_events() == []

    async with program("api", **environment | {"PILOTES_KEY": SALT_KEY}):
        await until(gone)


async def test_an_invalid_command_prints_its_usage(environment: dict[str, str]) -> None:
    async with program("verify", "--head", "3", **environment) as process:
        _, output = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == os.EX_USAGE
    assert "un numéro et une empreinte" in output.decode()
