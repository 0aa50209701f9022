"""Writes a new service and registers it. Nothing is written if anything is invalid."""

import importlib.util
import keyword
import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from regionlab.errors import UserError
from regionlab.scaffold.registration import EDITS, NewService, registered

_NAME = re.compile(r"[a-z][a-z0-9]{1,30}")
_FIRST_PORT = 8101


def new_service(nom: str, root: Path) -> list[Path]:
    """Write `services/<nom>` and register it in the files of `EDITS`; returns the written files.

    `root`: of the workspace. Raises `UserError` for a name that cannot be used, or if a file of
    `EDITS` no longer has the place for a service; then nothing is written.
    """
    _check_name(nom, root)
    service = NewService(nom, _next_port(root))
    written = {root / name: registered(name, (root / name).read_text(), service) for name in EDITS}
    folder = root / "services" / nom
    for path, template in _templates(files("regionlab.scaffold") / "template"):
        relative = path.replace("__nom__", nom).removesuffix(".txt")
        text = Template(template.read_text()).substitute(service.template_values())
        written[folder / relative] = _imports_sorted(text)
    for file, text in written.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return list(written)


def advice(nom: str) -> str:
    """The next steps for a new service: check it, undo it, open it to the public (French)."""
    files, address = " ".join(EDITS), f"GATEWAY_{nom.upper()}"
    return f"""
Le service {nom} est écrit. `make setup check` l'installe et le vérifie, `make demo` le démarre.
Dites en une ligne ce qu'il est dans ARCHITECTURE.md et deploy/README.md.

Pour l'annuler (ce qui n'était pas validé par git dans ces fichiers est perdu aussi) :
  git restore {files}
  rm -r services/{nom} && make setup

Pour l'ouvrir au public, cinq endroits ; `make check test` dit lequel manque :
  services/gateway/src/gateway/routes/domain/route_table.py : Service("{nom}"),
    routes /{nom}/v1/{{rest...}}
  services/gateway/src/gateway/settings.py : {nom}: Address = Field(description=…)
  .env.example : {address}=http://127.0.0.1:…
  docker-compose.yml, conteneur gateway : {address} et depends_on
  regionlab/src/regionlab/launch/services.py, _gateway :
    "{address}": installation.address("{nom}")"""


def _check_name(nom: str, root: Path) -> None:
    if not _NAME.fullmatch(nom):
        raise UserError(
            f"« {nom} » ne peut pas nommer un service : il faut un seul mot de lettres "
            "minuscules sans accent et de chiffres, de 2 à 31 caractères."
        )
    if (root / "services" / nom).exists():
        raise UserError(f"Le service {nom} existe déjà.")
    taken = keyword.iskeyword(nom) or nom in sys.stdlib_module_names
    if taken or importlib.util.find_spec(nom) is not None or (root / nom).exists():
        raise UserError(f"« {nom} » est déjà le nom d'un module Python ou d'un dossier du projet.")


def _next_port(root: Path) -> int:
    """The port after the highest default port of the services."""
    ports = re.findall(
        r"^# [A-Z][A-Z0-9]*_PORT=(81\d\d)", (root / ".env.example").read_text(), re.MULTILINE
    )
    return max(map(int, ports), default=_FIRST_PORT - 1) + 1


def _templates(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """The template files below a folder, each with its relative path."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _templates(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".txt"):
            yield prefix + entry.name, entry


def _imports_sorted(text: str) -> str:
    """The text with its imports in the order ruff requires: it depends on the service's name."""

    def in_order(match: re.Match[str]) -> str:
        return "".join(sorted(match.group(0).splitlines(keepends=True)))

    return re.sub(r"(?:^from \S+ import .*\n)+", in_order, text, flags=re.MULTILINE)
