"""What the README and the docs promise is there: commands parse, targets and files exist, the layout is the package's."""

import re
import shlex
from pathlib import Path

import click
import pytest

from skillscale.cli.main import commands

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def shell_lines(page: Path) -> list[str]:
    blocks = re.findall(r"```bash\n(.*?)```", page.read_text(), flags=re.DOTALL)
    inline = re.findall(r"`(skillscale [a-z][^`]*)`", page.read_text())
    return [
        line.split(" #")[0].strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()
    ] + inline


def skillscale_calls(page: Path) -> list[list[str]]:
    lines = [line.removeprefix(".venv/bin/") for line in shell_lines(page)]
    return [shlex.split(line)[1:] for line in lines if line.startswith("skillscale ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_documented_commands_parse(page: Path) -> None:
    for arguments in skillscale_calls(page):
        name, *rest = [argument for argument in arguments if "…" not in argument]
        command = commands.commands[name]
        required = [p for p in command.params if isinstance(p, click.Argument) and p.required]
        context = command.make_context(name, list(rest), resilient_parsing=bool(required) and not rest)
        assert context.command is command


def test_documented_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = {match for page in PAGES for match in re.findall(r"^make ([a-z]+)", page.read_text(), flags=re.MULTILINE)}
    assert {"lab", "test"} <= named <= targets
    assert {"setup", "lab", "test", "check", "docs", "bench"} <= targets


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_linked_files_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_layout_is_the_packages() -> None:
    shown = set(re.findall(r"^\| `skillscale/(\w+)/`", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    assert shown == {path.name for path in (ROOT / "skillscale").iterdir() if (path / "__init__.py").exists()}


def test_versions_are_pinned_without_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert lines and all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines)
