"""Whether the JSON of a resource can have a label, without parsing it."""

import pytest

from esante.access.domain.security_labels import MASKED_FROM_PROFESSIONALS, can_be_labelled


@pytest.mark.parametrize(
    ("text", "can_be"),
    [
        (r'{"code": "V"}', True),
        (r'{"code": "masque_ps"}', True),
        (r'{"code": "\u0056"}', True),
        (r'{"code": "MASQUE\u005FPS"}', True),
        (r'{"city": "Orl\u00e9ans", "code": "R"}', False),
        (r'{"text": "V."}', False),
    ],
)
def test_an_escaped_code_is_one(text: str, can_be: bool) -> None:
    assert can_be_labelled(text.encode(), MASKED_FROM_PROFESSIONALS) is can_be
