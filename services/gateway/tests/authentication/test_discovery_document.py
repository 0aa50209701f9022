"""What is read of a provider's discovery document."""

from typing import Any

import pytest

from gateway.authentication.adapters.provider_documents import languages_of


@pytest.mark.parametrize(
    ("supported", "languages"),
    [
        (["fr-FR", "en", "EN-gb"], {"fr", "en"}),
        (None, set()),
        # A field that only chooses a language ends no login.
        (True, set()),
        (7, set()),
        ("fr", set()),
        ([None, "fr"], {"fr"}),
    ],
)
def test_languages_without_regions_or_none(supported: Any, languages: set[str]) -> None:
    assert languages_of(supported) == languages
