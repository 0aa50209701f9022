"""README and the guides without a demo: blocks, configuration files, links, options."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from code_blocks import DOCUMENTS, REPOSITORY, CodeBlock, code_blocks, path_of

from gateway.authentication.adapters.providers_file import read_providers
from gateway.oauth.adapters.clients_file import read_clients
from gateway.quotas.adapters.plans_file import PlansFile
from mobilite.feeds.adapters.feeds_file import read_feeds
from regionlab.__main__ import command_parser

README = REPOSITORY / "README.md"
LINK = re.compile(r"\]\((?!https?://)(?P<path>[^)#]*)(?:#(?P<anchor>[^)]*))?\)")
READERS: dict[str, Callable[[Path], object]] = {
    "[[feed]]": read_feeds,
    "[[client]]": read_clients,
    "[[provider]]": read_providers,
    "[plan.": PlansFile,
}
"""The reader of each configuration file, by the table that starts it."""


def of_language(language: str) -> list[pytest.param]:
    return [
        pytest.param(each, id=each.place) for each in code_blocks() if each.language == language
    ]


def test_readme_is_read_in_five_minutes_and_leads_to_every_guide() -> None:
    text = README.read_text("utf-8")
    assert len(text.splitlines()) <= 150
    guides = {path_of(each) for each in DOCUMENTS} - {"README.md"}
    assert {
        guide for guide in guides if guide.startswith("docs/") and f"({guide})" not in text
    } == set()


def test_a_block_is_commands_or_configuration() -> None:
    found = {each.place: each.language for each in code_blocks()}
    assert {place: word for place, word in found.items() if word not in ("sh", "toml")} == {}


def test_a_reason_stands_right_above_a_block_of_commands() -> None:
    reasons = sum(each.read_text("utf-8").count("<!-- not run") for each in DOCUMENTS)
    assert reasons == sum(
        each.not_run is not None for each in code_blocks() if each.language == "sh"
    )


@pytest.mark.parametrize("block", of_language("toml"))
def test_a_configuration_file_is_accepted(block: CodeBlock, tmp_path: Path) -> None:
    (reader,) = [reader for table, reader in READERS.items() if block.text.startswith(table)]
    (tmp_path / "keycloak.secret").write_text("secret\n")
    file = tmp_path / "file.toml"
    file.write_text(block.text, "utf-8")
    reader(file)


@pytest.mark.parametrize("block", [each for each in of_language("sh") if each.values[0].not_run])
def test_a_command_that_is_not_run_exists_with_its_options(block: CodeBlock) -> None:
    for command in block.commands():
        program, *words = shlex.split(command, comments=True)
        if program == ".venv/bin/regionlab":
            command_parser().parse_args(words)
            continue
        assert program in ("make", "docker"), f"{command}: who checks it?"
        if program == "make":
            subprocess.run(("make", "--dry-run", *words), cwd=REPOSITORY, check=True, timeout=60)
            for options in (word.removeprefix("ARGS=") for word in words if word[:5] == "ARGS="):
                command_parser().parse_args([words[0], *shlex.split(options)])


@pytest.mark.parametrize("document", DOCUMENTS, ids=path_of)
def test_links_lead_somewhere(document: Path) -> None:
    for link in LINK.finditer(document.read_text("utf-8")):
        target = (document.parent / link["path"]).resolve() if link["path"] else document
        assert target.exists(), link["path"]
        if link["anchor"]:
            assert link["anchor"] in anchors(target), link["anchor"]


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
