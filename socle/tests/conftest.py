"""The two brokers: every test of the bus runs on the embedded one and on Apache Kafka."""

import pytest

BROKERS = [
    pytest.param("broker", id="embedded"),
    pytest.param("kafka", id="kafka", marks=pytest.mark.kafka),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what touches a broker once on each."""
    if "broker" in metafunc.fixturenames:
        metafunc.parametrize("broker", BROKERS, indirect=True)


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> str:
    """Which broker this run of the test is on: "broker" (embedded) or "kafka"."""
    kind: str = request.param
    return kind
