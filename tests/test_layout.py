"""The package keeps to docs/design.md: who may import whom, what stays light, how files are named and how long they are."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import skillscale

ROOT = Path(skillscale.__file__).resolve().parent
FILES = sorted(ROOT.rglob("*.py"))

# Folders to the left of each folder. The table (`observations`) stands in the middle: everyone may import it.
LEFT: dict[str, set[str]] = {
    "corpora": set(),
    "models": {"corpora"},
    "tasks": {"corpora"},
    "experiments": {"corpora", "models", "tasks"},
    "observations": set(),
    "laws": {"corpora", "models", "tasks", "experiments"},
    "views": {"corpora", "models", "tasks", "experiments", "laws"},
    "studies": {"corpora", "models", "tasks", "experiments", "laws", "views"},
}
EVERYWHERE = {"errors", "observations"}
HEAVY = ("altair", "scipy", "torch", "transformers")
VAGUE = {"base", "common", "core", "engine", "helpers", "manager", "misc", "pipeline", "util", "utils"}


def imports_of(path: Path) -> Iterator[str]:
    """Absolute names of what a file imports, wherever it does so."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_folder(path: Path) -> str:
    """`corpora` for skillscale/corpora/world/skills.py, `errors` for skillscale/errors.py."""
    return path.relative_to(ROOT).with_suffix("").parts[0]


def modules_after(statement: str) -> set[str]:
    """Top-level names in sys.modules of a fresh interpreter that ran `statement`."""
    code = f"{statement}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_imports_only_from_its_left(path: Path) -> None:
    folder = own_folder(path)
    if folder not in LEFT:
        return  # cli/ may import everything
    allowed = LEFT[folder] | EVERYWHERE | {folder}
    ours = {name.split(".")[1] for name in imports_of(path) if name.startswith("skillscale.")}
    assert ours <= allowed, f"{path.relative_to(ROOT)} imports {sorted(ours - allowed)}"


def test_every_folder_has_its_place() -> None:
    folders = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()}
    assert folders == LEFT.keys() | {"cli"}


def test_the_rule_sees_a_forbidden_import(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text("def f():\n    from skillscale.views import charts\nimport skillscale.laws.forms.power as power\n")
    assert list(imports_of(file)) == ["skillscale.laws.forms.power", "skillscale.views.charts"]


def test_the_package_and_its_command_line_are_light() -> None:
    assert modules_after("import skillscale, skillscale.cli").isdisjoint(HEAVY)


def test_laws_and_the_table_do_without_torch() -> None:
    files = [path for path in FILES if own_folder(path) in ("laws", "observations") and path.name != "__init__.py"]
    names = [".".join(path.relative_to(ROOT.parent).with_suffix("").parts) for path in files]
    assert modules_after(f"import {', '.join(names)}").isdisjoint(("torch", "transformers"))


def test_the_driver_of_a_ladder_does_without_torch() -> None:
    loaded = modules_after("import skillscale.experiments.ladder, skillscale.experiments.presets")
    assert loaded.isdisjoint(("torch", "transformers"))


def test_a_files_name_says_what_is_in_it() -> None:
    assert [path for path in FILES if path.stem in VAGUE or path.parent.name in VAGUE] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, functions):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 50, f"{path.name}: {node.name} has more than 50 lines"


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.name == "__init__.py"], ids=lambda path: path.parent.name
)
def test_packages_hold_no_logic(path: Path) -> None:
    """Imports, a docstring and `__all__`; the package itself may also say its version and import `Lab` late."""
    if own_folder(path) in ("__init__", "cli"):
        return
    for node in ast.parse(path.read_text()).body:
        named = isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        assert named or docstring or isinstance(node, ast.Import | ast.ImportFrom), ast.unparse(node)


def test_lab_is_found_where_it_is_promised() -> None:
    from skillscale.observations.lab import Lab

    assert skillscale.Lab is Lab
    assert set(skillscale.__all__) == {"Lab", "SkillscaleError", "__version__"}
    with pytest.raises(AttributeError, match="no attribute 'Lob'"):
        _ = skillscale.Lob
