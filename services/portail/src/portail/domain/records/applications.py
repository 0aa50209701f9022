"""The applications registered on the platform: what they are called, and which can be launched."""

from dataclasses import dataclass

from portail.domain.records.elements import Json, items, text


@dataclass(frozen=True, slots=True)
class Application:
    """A registered application."""

    id: str
    name: str
    description: str
    """Empty without one."""
    proposed: bool
    """Whether a professional can launch it on a patient."""
    form_actions: tuple[str, ...]
    """Where a form that launches it can lead (Content Security Policy)."""


def applications_of(listed: Json) -> list[Application]:
    """The applications of `GET /auth/v1/applications`, in its order."""
    found: list[Application] = []
    for each in items(listed.get("applications")):
        targets = each.get("form_actions")
        found.append(
            Application(
                text(each, "id"),
                text(each, "name"),
                text(each, "description"),
                each.get("proposed") is True,
                tuple(map(str, targets)) if isinstance(targets, list) else (),
            )
        )
    return found
