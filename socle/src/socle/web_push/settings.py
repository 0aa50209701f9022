"""The settings of a service that sends messages to browsers."""

from pydantic import Field, SecretStr, field_validator

from socle.settings import ServiceSettings


class WebPushSettings(ServiceSettings):
    """Three more settings of a service; they have its prefix."""

    push_key: SecretStr | None = Field(
        default=None,
        description="Private key of notifications (VAPID: 32 bytes, base64url); unset: none are "
        "offered",
    )
    push_contact: str | None = Field(
        default=None,
        pattern=r"^(mailto:[^@\s]+@[^@\s]+|https://[^/\s?#]+)$",
        description="Whom push services write to, mailto:… or https://…; required with the key",
    )
    push_services: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s?#,]+([\s,]+https?://[^/\s?#,]+)*$",
        description="Push services that browsers are reached through, separated by spaces or "
        "commas (https://*.name: those below a name); unset: those of the usual browsers",
    )

    @field_validator("push_key", "push_contact", "push_services", mode="before")
    @classmethod
    def _push_empty_is_unset(cls, value: object) -> object:
        return value or None
