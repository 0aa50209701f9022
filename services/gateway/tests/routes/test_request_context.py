"""Which requests of FHIR can write, whatever their method."""

import pytest

from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.route_table import TABLE


@pytest.mark.parametrize(
    ("method", "target", "writes"),
    [
        ("GET", "/fhir/Patient", False),
        ("POST", "/fhir/Patient", True),
        ("POST", "/fhir/Patient/_search?_count=2", False),
        ("POST", "/fhir/Patient/1/Observation/_search", False),
        ("POST", "/fhir/_search", False),
        ("POST", "/fhir/Patient/1/$everything", False),
        ("POST", "/fhir/ValueSet/$expand", False),
        ("POST", "/fhir/Patient/1/$meta-add", True),
        ("POST", "/fhir/Patient?x=/_search", True),
        ("PUT", "/fhir/Patient/_search", True),
        ("POST", "/fhir/", True),
        ("POST", "/auth/authorize", True),
    ],
)
def test_a_search_by_post_is_a_read(method: str, target: str, *, writes: bool) -> None:
    route = TABLE.get(target.partition("?")[0])
    assert RequestContext(route, method, target, "", {}).writes is writes


def test_bundles_and_documents_have_their_own_limits() -> None:
    mebibytes = {
        path: TABLE.get(path).limits.body_bytes // 1024 // 1024
        for path in ("/fhir", "/fhir/", "/fhir/Binary", "/fhir/Binary/1", "/fhir/Patient/1")
    }
    assert mebibytes == {
        "/fhir": 32,
        "/fhir/": 32,
        "/fhir/Binary": 50,
        "/fhir/Binary/1": 50,
        "/fhir/Patient/1": 8,
    }
