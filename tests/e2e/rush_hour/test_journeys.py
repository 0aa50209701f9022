"""Journeys of the demo region, over HTTP."""

import base64

import pytest
from running_demo import PUSH_SERVICE, Demo

pytestmark = pytest.mark.e2e

TALCY = "47.7700,1.4440"
"""A village without a stop."""
FARM = "47.8000,1.4000"
"""Farther away, where no van goes."""
HOSPITAL = "tao:hopital-de-la-source"


async def test_from_a_village_to_the_hospital_with_a_van_a_train_and_a_walk(demo: Demo) -> None:
    query = {"from": TALCY, "to": HOSPITAL, "at": "2026-03-04T09:00:00+01:00"}
    page = await demo.get("/mobilite/v1/journeys", **query)
    journey = page["journeys"][0]
    modes = [leg["mode"] for leg in journey["legs"]]
    assert modes[0] == "on_demand"
    assert {"rail", "walk"} <= {*modes}
    van = journey["legs"][0]
    assert van["trip_id"] == "remi:TAD-TALCY-A"
    assert van["booking"]["phone"] == "+33 2 61 91 00 02"
    assert van["booking"]["until"] < van["departure"]
    assert van["booking"]["text"] in journey["summary"]
    assert {"remi", "sncf"} <= {feed["id"] for feed in page["feeds"]}
    back = await demo.get(
        "/mobilite/v1/journeys",
        **{"from": HOSPITAL, "to": TALCY, "at": "2026-03-04T14:00:00+01:00", "lang": "en"},
    )
    assert back["journeys"][0]["legs"][-1]["booking"]["text"].startswith("Book between ")


async def test_with_a_shared_bicycle_between_two_stations(demo: Demo) -> None:
    page = await demo.get("/mobilite/v1/rental", feed="tao", kind="station", limit="100")
    stations = [each for each in page["rental"] if each["station"]["vehicles_available"]]
    start = stations[0]
    # Some two kilometres: too far to walk.
    far = [each for each in stations if 0.015 < abs(each["lat"] - start["lat"]) < 0.04]
    end = next(each for each in far if each["station"]["docks_available"])
    ends = {side: f"{at['lat']},{at['lon']}" for side, at in (("from", start), ("to", end))}
    found = await demo.get("/mobilite/v1/journeys", **ends, modes="shared_bicycle")
    legs = found["journeys"][0]["legs"]
    (bicycle,) = (leg for leg in legs if leg["mode"] != "walk")
    assert bicycle["mode"] == "shared_bicycle"
    assert bicycle["from"]["id"].startswith("tao:")
    assert bicycle["rental"]["vehicles_available"] > 0
    assert bicycle["rental"]["licence"] == "etalab-2.0"


async def test_by_car_to_the_park_and_ride(demo: Demo) -> None:
    query = {"from": FARM, "to": HOSPITAL, "modes": "transit,car"}
    journey = (await demo.get("/mobilite/v1/journeys", **query))["journeys"][0]
    assert [leg["mode"] for leg in journey["legs"]][:3] == ["car", "walk", "rail"]
    assert journey["legs"][0]["to"]["name"] == "P+R Gare de Mer"
    assert journey["legs"][0]["parking"]["free"] is True
    followed = await demo.get(f"/mobilite/v1/journeys/{journey['id']}")
    assert followed["journeys"][0]["legs"][0]["to"] == journey["legs"][0]["to"]


async def test_notifications_are_offered_and_go_to_push_services_alone(demo: Demo) -> None:
    offered = await demo.get("/mobilite/v1/web-push")
    point = base64.urlsafe_b64decode(offered["public_key"] + "=")
    assert len(point) == 65
    query = {"from": "tao:gare-d-orleans", "to": HOSPITAL}
    journey = (await demo.get("/mobilite/v1/journeys", **query))["journeys"][0]["id"]
    keys = {"p256dh": offered["public_key"], "auth": "AAAAAAAAAAAAAAAAAAAAAA"}
    target = {"endpoint": f"{PUSH_SERVICE}/push/x", "keys": keys}
    for subject in (f"journeys/{journey}", "routes/tao:A", "stops/tao:gare-d-orleans"):
        path = f"{demo.address}/mobilite/v1/{subject}/subscriptions"
        async with demo.client.post(path, json=target) as answer:
            assert answer.status == 201, await answer.text()
            subscription = (await answer.json())["id"]
        async with demo.client.delete(f"{path}/{subscription}") as answer:
            assert answer.status == 204
    inside = {**target, "endpoint": f"{demo.address}/push"}
    async with demo.client.post(path, json=inside) as answer:
        assert (answer.status, (await answer.json())["parameter"]) == (400, "endpoint")
