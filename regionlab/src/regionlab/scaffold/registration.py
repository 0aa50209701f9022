"""The files of the workspace that list every service, and the edit that adds a new one to each.

The place in each file is found by the entry of an existing service. In `.importlinter` that is
portail: like a new service, it is a single capability with its layers at its root.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from regionlab.errors import UserError


@dataclass(frozen=True, slots=True)
class NewService:
    """The name and the port of a new service, for templates and edits."""

    nom: str
    """Its name, in lower case."""
    port: int
    """Its default port."""

    def template_values(self) -> dict[str, str]:
        """The placeholders of the templates, by name."""
        return {
            "nom": self.nom,
            "Nom": self.nom.capitalize(),
            "NOM": self.nom.upper(),
            "port": str(self.port),
        }


Edit = Callable[[str, NewService], str]
"""Returns the text of a file with the service added. Raises LookupError without its place."""


def _after_each(pattern: str, addition: str) -> Edit:
    """Write `addition` after each match. `{…}` are template placeholders, `{0}` is group 1."""

    def edit(text: str, service: NewService) -> str:
        def extended(match: re.Match[str]) -> str:
            groups = match.groups(default="")
            return match.group(0) + addition.format(*groups, **service.template_values())

        edited, count = re.subn(pattern, extended, text, flags=re.MULTILINE)
        if count == 0:
            raise LookupError(pattern)
        return edited

    return edit


def _before(pattern: str, addition: str) -> Edit:
    """Write `addition` before the first match."""

    def edit(text: str, service: NewService) -> str:
        found = re.search(pattern, text, flags=re.MULTILINE)
        if found is None:
            raise LookupError(pattern)
        addition_text = addition.format(**service.template_values())
        return text[: found.start()] + addition_text + text[found.start() :]

    return edit


def _at_the_end(addition: str) -> Edit:
    return lambda text, service: text.rstrip("\n") + addition.format(**service.template_values())


_CONTAINER = """\
  {nom}:
    <<: *service
    build:
      <<: *build
      args: {{SERVICE: {nom}}}
    image: regionlab/{nom}
    command: [api]
    environment:
      <<: *platform
      {NOM}_PORT: "{port}"
    depends_on:
      topics: {{condition: service_completed_successfully}}
    deploy: *small

"""

_SCRAPED = """\
  - job_name: {nom}
    dns_sd_configs: [{{names: [{nom}], type: A, port: {port}}}]
    relabel_configs: *container
"""

# The edits of each file, by its path under the root.
EDITS: Mapping[str, tuple[Edit, ...]] = {
    "Makefile": (
        _after_each(r"^MEMBERS := .*services/gateway\b", " services/{nom}"),
        _after_each(r"--no-emit-package gateway\b", " --no-emit-package {nom}"),
    ),
    "pyproject.toml": (_after_each(r'"services/gateway/src"', ', "services/{nom}/src"'),),
    ".importlinter": (
        _after_each(r"^    portail(\.\w+)?\n", "    {nom}{0}\n"),
        _after_each(r"\| portail(?= \|)", " | {nom}"),
    ),
    ".env.example": (_at_the_end("\n\n# --- {nom} " + "-" * 40 + "\n# {NOM}_PORT={port}\n"),),
    "docker-compose.yml": (_before(r"^  gateway:\n", _CONTAINER),),
    "deploy/monitoring/prometheus.yml": (_before(r"^  - job_name: gateway\n", _SCRAPED),),
    "deploy/README.md": (_before(r"^\| `topics` \|", "| `{nom}` | {Nom} | no | nothing |\n"),),
    "ARCHITECTURE.md": (
        _after_each(r"^\| `services/gateway` \|.*\n", "| `services/{nom}` | {Nom} | `socle` |\n"),
    ),
    "regionlab/pyproject.toml": (
        _after_each(r'^  "gateway",\n', '  "{nom}",\n'),
        _after_each(r"^gateway = .*\n", "{nom} = {{ workspace = true }}\n"),
    ),
    "regionlab/src/regionlab/launch/services.py": (
        _before(
            r'^    Service\(\s*"gateway"',
            '    Service("{nom}", label="{nom}", wave=1, roles={{"api": ""}}),\n',
        ),
    ),
}


def registered(name: str, text: str, service: NewService) -> str:
    """The text of a file with the service added.

    `name`: a key of `EDITS`. `text`: the file's. Raises `UserError` if the file no longer has the
    place for a service.
    """
    for edit in EDITS[name]:
        try:
            text = edit(text, service)
        except LookupError as missing:
            raise UserError(
                f"{name} n'a plus la forme attendue ({missing} est introuvable) : "
                "le service n'a pas été créé."
            ) from None
    return text
