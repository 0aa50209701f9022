"""The settings of the gateway, from its environment."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from socle.settings import ServiceSettings

Address = Annotated[str, Field(pattern=r"^https?://[^/\s?#]+/?$")]
Addresses = Annotated[str, Field(pattern=r"^https?://[^/\s?#,]+/?([\s,]+https?://[^/\s?#,]+/?)*$")]
"""One address, or those of several replicas, separated by spaces or commas."""
_PROXIES: Final = (
    "les adresses ou les réseaux des mandataires de confiance (10.0.0.7, 172.30.8.0/24, "
    "2001:db8::/64), séparés par des espaces ou des virgules, ou rien s'il n'y en a aucun"
)


class GatewaySettings(ServiceSettings):
    """Variables GATEWAY_*. Addresses are base addresses without a path."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    port: int = Field(default=8080, ge=0, le=65535)
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="internal; metrics are never on the public port"
    )
    mobilite: Addresses = Field(description="where mobilité's API answers")
    mobilite_journeys: Addresses = Field(description="where mobilité searches journeys")
    mobilite_indicators: Addresses = Field(description="where mobilité computes indicators")
    mobilite_desk: Addresses = Field(description="where mobilité's desk answers")
    esante: Addresses = Field(description="where the FHIR server answers")
    pilotes: Addresses = Field(description="where the pilots' record answers")
    portail: Addresses = Field(description="where the pages answer")
    public: Address = Field(description="the platform's public address, issuer of its tokens")
    clients: Path | None = Field(
        default=None, description="clients.toml, the registered applications"
    )
    providers: Path | None = Field(
        default=None, description="providers.toml, the OpenID providers people log in with"
    )
    pseudonym_key: SecretStr = Field(
        min_length=32, description="key of people's pseudonyms; a new one changes them all"
    )
    session_idle_seconds: int = Field(default=1800, ge=60, le=86_400)
    session_seconds: int = Field(
        default=14_400,
        ge=300,
        le=604_800,
        description="longest session; then a person logs in again",
    )
    plans: Path | None = Field(
        default=None, description="plans.toml: other limits, own keys, accounts' plans"
    )
    shared_limits_seconds: float = Field(
        default=0.5,
        gt=0,
        le=60,
        description="longest wait for the shared limits; then a replica applies them alone",
    )
    postgres: SecretStr = Field(description="the gateway's own database")
    keys: Path = Field(description="the gateway's private JWKS for signing (secret file)")
    tls: bool = Field(default=False, description="callers use HTTPS")
    proxies: str = Field(
        default="",
        description="addresses and networks (CIDR) of the trusted proxies in front, separated by"
        " spaces or commas; X-Forwarded-For of any other peer is ignored",
    )
    requests: int = Field(
        default=1000, ge=1, le=100_000, description="in progress at once; more are shed"
    )
    upstream_requests: int = Field(
        default=512, ge=1, le=100_000, description="in flight at once at each upstream address"
    )
    cache_bytes: int = Field(
        default=64 * 1024 * 1024, ge=0, description="size of the response cache; 0: no cache"
    )
    stale_seconds: float = Field(
        default=300.0, ge=0, le=86_400, description="longest time a stale response may be served"
    )
    connect_seconds: float = Field(default=2.0, gt=0, le=60)
    keep_alive_seconds: float = Field(
        default=30.0, gt=0, le=600, description="must be shorter than the services' own"
    )

    @field_validator("proxies")
    @classmethod
    def _proxies_are_addresses(cls, value: str) -> str:
        if any(each.isdigit() for each in _separated(value)):
            raise ValueError(f"un nombre de mandataires n'est plus accepté : écrivez {_PROXIES}")
        try:
            networks = _networks(value)
        except ValueError:
            raise ValueError(f"il faut {_PROXIES}") from None
        if any(network.prefixlen == 0 for network in networks):
            raise ValueError(f"toute adresse serait de confiance : il faut {_PROXIES}")
        return value

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of `proxies`; an address is a network of one."""
        return _networks(self.proxies)


def _networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Raises ValueError if one is neither an address nor a network."""
    return tuple(ip_network(each) for each in _separated(value))


def _separated(value: str) -> list[str]:
    return value.replace(",", " ").split()
