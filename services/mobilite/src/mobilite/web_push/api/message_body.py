"""The JSON of a message for the service worker of the pages."""

from typing import Final

import orjson

from mobilite.http.api.languages import TextLanguage
from mobilite.web_push.domain.push_subscription import Subject

LONGEST: Final = 3072
"""Bytes of a message: every push service takes them."""
_LONGEST_TITLE: Final = 100
"""Characters."""


def message_body(
    subject: Subject, title: str, text: str, language: TextLanguage, tag: str | None = None
) -> bytes:
    """A message about a subject, `LONGEST` bytes at most: a text that is too long is shortened.
    `tag`: a notification with the same one is replaced; None: that of the same subject is."""
    content = {subject.type: subject.id, "title": title[:_LONGEST_TITLE], "body": text}
    content["lang"] = language
    if tag is not None:
        content["tag"] = tag
    encoded = orjson.dumps(content)
    while len(encoded) > LONGEST:
        # A character has four bytes at most.
        text = text[: -max(1, (len(encoded) - LONGEST) // 4)]
        content["body"] = f"{text}…"
        encoded = orjson.dumps(content)
    return encoded
