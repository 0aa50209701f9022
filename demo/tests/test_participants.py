"""The simulated participants: their plans, and their requests to a fake gateway."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from demo.days.dice import seeded_random
from demo.participants.habits import MAX_PARTICIPANTS, PAUSES, Join, ViewBoard, next_action
from demo.participants.life import COOKIE, Participants
from socle.testing import until

STOPS = ["tao:gare", "filbleu:gare", "sncf:gare"]


def test_the_same_seed_wants_the_same_and_few_things_a_minute() -> None:
    def wishes() -> list[Any]:
        chance = seeded_random(1, "envies")
        return [next_action(chance, people=5, codes=["C"], stops=STOPS) for _ in range(200)]

    found = wishes()
    assert found == wishes()
    assert {type(each) for each in found} == {Join, ViewBoard}
    assert sum(isinstance(each, Join) for each in found) < 80
    assert {each.person for each in found if isinstance(each, ViewBoard)} == set(range(5))
    assert sum(PAUSES) / 2 >= 5


def test_each_person_has_a_stop_and_enrolment_ends_when_full() -> None:
    chance = seeded_random(1, "envies")
    full = [
        next_action(chance, people=MAX_PARTICIPANTS, codes=["C"], stops=STOPS) for _ in range(500)
    ]
    assert all(isinstance(each, ViewBoard) for each in full)
    stops: dict[int, set[str]] = {}
    for each in full:
        assert isinstance(each, ViewBoard)
        stops.setdefault(each.person, set()).add(each.stop_id)
    assert {len(own) for own in stops.values()} == {1}
    assert next_action(chance, people=0, codes=[], stops=STOPS) is None
    assert next_action(chance, people=0, codes=["C"], stops=[]) == Join("C")


class FakeGateway:
    """The public routes they use, and the received requests."""

    def __init__(self) -> None:
        self.agreed: list[dict[str, Any]] = []
        self.looked: list[str] = []
        self.failures: list[int] = []
        """Statuses of the next offers, before they are made again."""
        self.offered: list[str] = []
        """The codes of the requested offers."""
        self.app = web.Application()
        self.app.add_routes(
            [
                web.get("/mobilite/v1/stops", self._stops),
                web.get("/mobilite/v1/stops/{stop}/departures", self._board),
                web.get("/pilotes/v1/participations/offers/{code}", self._offer),
                web.post("/pilotes/v1/participations", self._agree),
            ]
        )

    async def _stops(self, request: web.Request) -> web.Response:
        return web.json_response({"stops": [{"id": stop} for stop in STOPS]})

    async def _board(self, request: web.Request) -> web.Response:
        assert request.headers["x-api-key"] == "maison_cle"
        self.looked.append(request.headers["cookie"])
        return web.json_response({"departures": []})

    async def _offer(self, request: web.Request) -> web.Response:
        self.offered.append(request.match_info["code"])
        if self.failures:
            return web.json_response({"detail": "Réessayez."}, status=self.failures.pop())
        if request.match_info["code"] != "BONCODE":
            return web.json_response({"detail": "Ce code n'existe pas."}, status=404)
        response = {
            "pilot_id": "alertes",
            "notice_version": "1",
            "declarations": [{"name": "age"}],
            "account_required": False,
        }
        return web.json_response(response)

    async def _agree(self, request: web.Request) -> web.Response:
        assert request.headers["origin"] == str(request.url.origin())
        self.agreed.append(await request.json())
        personal = f"PERSONNEL{len(self.agreed)}"
        return web.json_response({"personal_code": personal}, status=201)


@pytest.fixture
async def served() -> AsyncIterator[tuple[FakeGateway, str]]:
    """The fake gateway and its address."""
    gateway = FakeGateway()
    runner = web.AppRunner(gateway.app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield gateway, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_people_consent_store_their_code_and_watch_boards(
    served: tuple[FakeGateway, str], tmp_path: Path
) -> None:
    gateway, address = served
    codes_file = tmp_path / "kept.json"
    codes = {"alertes": "BONCODE", "ailleurs": "MAUVAIS"}

    def life() -> "asyncio.Task[None]":
        people = Participants(
            address,
            key="maison_cle",
            codes=codes,
            codes_file=codes_file,
            chance=seeded_random(1, "vie"),
            pauses=(0.0, 0.0),
        )
        return asyncio.create_task(people.run())

    living = life()
    await until(lambda: len(gateway.agreed) >= 3 and len(gateway.looked) >= 10)
    living.cancel()
    await asyncio.wait((living,))
    assert gateway.agreed[0] == {
        "pilot_id": "alertes",
        "code": "BONCODE",
        "notice_version": "1",
        "declared": ["age"],
    }
    people = json.loads(codes_file.read_text())
    assert stat.S_IMODE(codes_file.stat().st_mode) == 0o600
    assert set(gateway.looked) <= {f"{COOKIE}={each}" for each in people}
    gateway.looked.clear()
    living = life()
    await until(lambda: len(set(gateway.looked)) >= 3)
    living.cancel()
    await asyncio.wait((living,))
    assert set(people) <= set(json.loads(codes_file.read_text()))


@pytest.mark.parametrize("code", ["BONCODE", "MAUVAIS"])
async def test_a_code_is_used_until_it_is_gone(
    served: tuple[FakeGateway, str], tmp_path: Path, code: str
) -> None:
    gateway, address = served
    gateway.failures = [500, 503, 409, 429]
    people = Participants(
        address,
        key="maison_cle",
        codes={"alertes": code},
        codes_file=tmp_path / "kept.json",
        chance=seeded_random(1, "vie"),
        pauses=(0.0, 0.0),
    )
    living = asyncio.create_task(people.run())
    await until(lambda: len(gateway.offered) >= 5)
    if code == "BONCODE":
        await until(lambda: len(gateway.agreed) >= 1)
    else:
        await asyncio.sleep(0.1)  # another offer would be requested at once
        assert len(gateway.offered) == 5
    living.cancel()
    await asyncio.wait((living,))


async def test_an_absent_gateway_ends_no_participant(tmp_path: Path) -> None:
    people = Participants(
        "http://127.0.0.1:1",
        key="maison_cle",
        codes={"alertes": "BONCODE"},
        codes_file=tmp_path / "kept.json",
        chance=seeded_random(1, "vie"),
    )
    living = asyncio.create_task(people.run())
    done, _ = await asyncio.wait((living,), timeout=0.3)
    assert not done
    living.cancel()
    await asyncio.wait((living,))
