"""Web addresses given by operators."""


def is_web_address(text: str) -> bool:
    """Whether the address is http(s): another scheme could run code in a page."""
    return text.lower().startswith(("https://", "http://")) and not any(
        each.isspace() for each in text
    )
