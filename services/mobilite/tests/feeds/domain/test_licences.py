"""Share-alike decides the licence of combined data."""

import pytest

from mobilite.feeds.domain.licences import licence_url, merged_licence


@pytest.mark.parametrize(
    ("licences", "complete"),
    [
        (["etalab-2.0", "etalab-2.0"], "etalab-2.0"),
        (["etalab-2.0", "ODbL-1.0"], "ODbL-1.0"),
        (["odbl", None], "ODbL-1.0"),
        (["etalab-2.0", "CC-BY-4.0"], None),
        (["etalab-2.0", None], None),
        ([None], None),
        ([], None),
    ],
)
def test_the_licence_of_the_complete(licences: list[str | None], complete: str | None) -> None:
    assert merged_licence(licences) == complete


def test_a_licence_is_known_by_its_usual_names() -> None:
    assert licence_url("ODbL") == licence_url("odbl-1.0") is not None
    assert licence_url("lov2") == licence_url("etalab-2.0") is not None
    assert licence_url("à nous") is licence_url(None) is None
