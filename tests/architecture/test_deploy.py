"""The deployment matches the code: services, roles, settings, versions, no secret."""

import ast
import importlib
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from workspace_files import tree

from socle.settings import PlatformSettings, ServiceSettings, Settings, variables

ROOT = Path(__file__).parents[2]
# In addition to the platform's own: the tools read their arguments.
TOOLS = "regionlab"

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


def own_containers() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Containers of our own images: name, SERVICE, declaration."""
    for name, container in COMPOSE["services"].items():
        if "build" in container:
            yield name, container["build"]["args"]["SERVICE"], container


def settings_of(service: str) -> tuple[type[Settings], ...]:
    """What the processes of a service read from their environment."""
    module = importlib.import_module(f"{service}.settings")
    own = [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, ServiceSettings)
        and each.model_config.get("env_prefix")
    ]
    return (PlatformSettings, *own)


OWN = [
    pytest.param(service, c, id=name) for name, service, c in own_containers() if service != TOOLS
]
EVERY = [pytest.param(c, id=name) for name, c in COMPOSE["services"].items()]


def test_the_compose_file_is_one() -> None:
    command = ("-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec")
    done = subprocess.run(
        (sys.executable, *command, "docker-compose.yml"), cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_every_service_of_the_workspace_is_deployed() -> None:
    workspace = {folder.name for folder in (ROOT / "services").iterdir() if folder.is_dir()}
    assert {service for _, service, _ in own_containers()} - {TOOLS} == workspace


def test_every_container_is_explained() -> None:
    readme = (ROOT / "deploy" / "README.md").read_text()
    assert [name for name in COMPOSE["services"] if f"| `{name}` |" not in readme] == []


@pytest.mark.parametrize(("service", "container"), OWN)
def test_every_variable_is_read_and_none_is_missing(
    service: str, container: dict[str, Any]
) -> None:
    known: dict[str, bool] = {}
    for settings_type in settings_of(service):
        for name, field in variables(settings_type).items():
            known[name] = settings_type.model_fields[field].is_required()
    given = set(container["environment"])
    assert given <= set(known), "no settings class reads these"
    required = {name for name, is_required in known.items() if is_required}
    assert required <= given
    # The health check uses the service's configured port.
    assert f"{service.upper()}_PORT" in given


@pytest.mark.parametrize(("service", "container"), OWN)
def test_every_role_exists(service: str, container: dict[str, Any]) -> None:
    assert set(container.get("command", ())) <= roles_of(service)


def roles_of(service: str) -> set[str]:
    """The roles that the program's `run(…)` is given."""
    program = tree(f"services/{service}/src/{service}/__main__.py")
    (roles,) = [each for each in ast.walk(program) if isinstance(each, ast.Dict)]
    return {ast.literal_eval(key) for key in roles.keys if key is not None}


@pytest.mark.parametrize(("service", "container"), OWN)
def test_a_service_can_write_nowhere_and_gain_nothing(
    service: str, container: dict[str, Any]
) -> None:
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("container", EVERY)
def test_every_container_is_bounded(container: dict[str, Any]) -> None:
    assert set(container["deploy"]["resources"]["limits"]) == {"cpus", "memory"}


def test_only_the_gateway_and_the_logins_are_reached_from_outside() -> None:
    open_ones = {name for name, each in COMPOSE["services"].items() if "ports" in each}
    assert open_ones == {"gateway", "keycloak"}
    # Browsers go there to log in, by the TLS proxy of the machine and no other way.
    assert all(p.startswith("127.0.0.1:") for p in COMPOSE["services"]["keycloak"]["ports"])
    (published,) = COMPOSE["services"]["gateway"]["ports"]
    assert by_default(published).startswith("127.0.0.1:")
    assert published.endswith(f":{COMPOSE['services']['gateway']['environment']['GATEWAY_PORT']}")
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_only_what_sends_or_fetches_reaches_out() -> None:
    outside = {n for n, each in COMPOSE["services"].items() if "outside" in each["networks"]}
    feeds = {"mobilite-import", "mobilite-poll"}
    messages = {"mobilite-journeys", "esante-subscriptions", "pilotes-fold"}
    assert outside == {"gateway", "keycloak"} | feeds | messages
    readme = (ROOT / "deploy" / "README.md").read_text()
    for name in feeds | messages:
        (row,) = re.findall(rf"^\| `{name}` .*$", readme, re.M)
        assert re.search("no, but (sends|fetches)|it goes out", row.split("|")[3]), name


def by_default(text: str) -> str:
    """A value of the compose file, with the defaults of its variables."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)


def test_the_proxy_of_the_example_is_this_machines() -> None:
    (config,) = COMPOSE["networks"]["outside"]["ipam"]["config"]
    first = next(ip_network(by_default(config["subnet"])).hosts())
    example = (ROOT / "deploy" / "env.example").read_text()
    assert re.findall(r"^REGIONLAB_PROXIES=(.*)$", example, re.M) == [str(first)]


def test_secrets_have_no_default_and_every_question_is_explained() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    used = dict(re.findall(r"\$\{([A-Z_]+)(:?[?-])", text))
    explained = re.findall(
        r"^(?:# )?([A-Z_]+)=", (ROOT / "deploy" / "env.example").read_text(), re.M
    )
    assert set(used) == set(explained)
    for name, operator in used.items():
        if re.search("PASSWORD|SECRET|KEY|TOKEN|CLUSTER", name):
            assert operator == ":?", name
    assert not re.search(r"(?i)(password|secret|token)\w*: *[\"']?\w", text)


def test_kafka_is_the_one_the_tests_run_on() -> None:
    tested = re.search(
        r"<artifactId>kafka_[\d.]+</artifactId>\s*<version>([\d.]+)</version>",
        (ROOT / "embedded" / "src" / "embedded" / "kafka" / "pom.xml").read_text(),
    )
    assert tested is not None
    image = COMPOSE["services"]["kafka"]["image"]
    assert image == f"apache/kafka:{tested.group(1)}"
    assert image in (ROOT / "deploy" / "env.example").read_text()


def test_keycloak_is_the_one_the_tests_run_on() -> None:
    pom = (ROOT / "embedded" / "src" / "embedded" / "keycloak" / "pom.xml").read_text()
    tested = re.search(r"keycloak-quarkus-dist</artifactId>\s*<version>([\d.]+)</version>", pom)
    assert tested is not None
    container = COMPOSE["services"]["keycloak"]
    assert container["image"] == f"quay.io/keycloak/keycloak:{tested.group(1)}"
    realm = (ROOT / "deploy" / "keycloak" / "regionlab-realm.json").read_text()
    assert set(re.findall(r"\$\{([A-Z_]+)\}", realm)) <= set(container["environment"])


def test_the_image_is_pinned_by_hash_small_and_not_root() -> None:
    *_, last = DOCKERFILE.split("\nFROM ")
    assert re.search(r"^USER 10001$", last, re.M)
    assert re.search(r"^HEALTHCHECK ", last, re.M)
    assert "pip" not in last
    for install in re.findall(r"pip install (?:.*\\\n)*.*", DOCKERFILE):
        assert "--require-hashes" in install or "--no-index" in install, install


def test_what_containers_run_can_be_run() -> None:
    for script in ("start", "healthcheck", "postgres/10-databases.sh"):
        assert (ROOT / "deploy" / script).stat().st_mode & stat.S_IXUSR, script


def test_a_container_that_was_ready_is_healthy_while_it_is_alive(tmp_path: Path) -> None:
    status = {"/healthz": 200, "/readyz": 503}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status[self.path])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answers)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    environment = {"SERVICE": "toy", "TOY_PORT": str(server.server_port), "TMPDIR": str(tmp_path)}

    def health() -> int:
        script = (sys.executable, ROOT / "deploy" / "healthcheck")
        return subprocess.run(script, env=os.environ | environment, capture_output=True).returncode

    try:
        assert health() == 1
        status["/readyz"] = 200
        assert health() == 0
        # PostgreSQL hangs: the process is not ready, and nobody should replace it.
        status["/readyz"] = 503
        assert health() == 0
        status["/healthz"] = 503
        assert health() == 1
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
