"""topics.toml on screen and on a broker."""

from pathlib import Path

import pytest

from regionlab.__main__ import main
from regionlab.contracts.topics import read_topics
from regionlab.errors import UserError
from regionlab.workspace import workspace_root

FACT = """
[topic."essai.chose-vue.v1"]
kind = "fact"
producer = "essai"
consumers = ["essai", "pilotes"]
personal_data = "pseudonymous"
partitions = 2
key = "chose"
summary = "Une chose a été vue."
retention_hours = 24
"""
TABLE = """
[topic."essai.chose.v1"]
kind = "table"
producer = "essai"
consumers = []
personal_data = "none"
partitions = 1
key = "chose"
summary = "Les choses."
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "topics.toml"
    path.write_text(FACT + TABLE)
    return path


def test_lists_as_a_table(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["topics", "list", "--file", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("  ")[0] == "sujet"
    assert [line.split()[:3] for line in lines[1:]] == [
        ["essai.chose-vue.v1", "fait", "2"],
        ["essai.chose.v1", "table", "1"],
    ]
    assert "essai, pilotes" in lines[1]
    assert lines[1].endswith("pseudonymes")


def test_applies_and_then_has_nothing_to_do(
    file: Path, kafka_address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["topics", "apply", "--kafka", kafka_address, "--file", str(file)]
    assert main(command) == 0
    assert capsys.readouterr().out.splitlines() == [
        "essai.chose-vue.v1 : créé (2 partitions)",
        "essai.chose.v1 : créé (1 partition)",
    ]
    assert main(command) == 0
    assert capsys.readouterr().out == "Tout est déjà en place.\n"
    file.write_text(FACT.replace("retention_hours = 24", "retention_hours = 48") + TABLE)
    assert main(command) == 0
    output = capsys.readouterr().out
    assert output.startswith("essai.chose-vue.v1 : réglages mis à jour (retention.ms=172800000")
    assert len(output.splitlines()) == 1


def test_reports_every_mistake_of_the_file(file: Path) -> None:
    file.write_text(
        FACT.replace("retention_hours = 24", "")
        + TABLE.replace("partitions = 1", "partitions = 0").replace("none", "secret")
    )
    with pytest.raises(UserError) as refusal:
        read_topics(file)
    output = str(refusal.value)
    assert "essai.chose-vue.v1 : " in output
    assert "retention_hours" in output
    assert "essai.chose.v1 : personal_data" in output
    assert "partitions" in output


@pytest.mark.parametrize(
    "content", [TABLE.encode("utf-16"), "clé = 'é'".encode("latin-1"), b"[[topic]]", b"topic = 1"]
)
def test_a_file_of_another_form_is_named(
    file: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(content)
    assert main(["topics", "list", "--file", str(file)]) == 64
    assert str(file) in capsys.readouterr().err


def test_a_broker_that_does_not_answer_is_reported(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["topics", "apply", "--kafka", "127.0.0.1:1", "--file", str(file)]) == 69
    assert "127.0.0.1:1" in capsys.readouterr().err


def test_the_house_s_own_topics_are_readable() -> None:
    assert read_topics(workspace_root(Path(__file__)) / "schemas" / "topics.toml")
