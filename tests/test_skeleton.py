"""What a fresh clone offers: commands, processes, locked dependencies."""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points, packages_distributions
from pathlib import Path

import pytest
from typer.main import get_command

from bot.cli import app

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def commands() -> set[str]:
    """What ``azure-invoice-bot --help`` lists."""
    group = get_command(app)
    return set(getattr(group, "commands", {}))


def test_an_operator_can_call_every_documented_command() -> None:
    """The console script and ``python -m bot`` offer what the design promises."""
    assert {"run", "web", "worker", "scan", "doctor", "demo"} <= commands()
    (script,) = entry_points(group="console_scripts", name="azure-invoice-bot")
    assert script.value == "bot.cli:main"


def each_command(group: object, path: str = "") -> Iterator[tuple[str, str]]:
    """The commands at all depths, ``audit export`` for one, with what stands below their help."""
    for name, found in getattr(group, "commands", {}).items():
        whole = f"{path}{name}"
        yield whole, found.epilog or ""
        yield from each_command(found, f"{whole} ")


def test_an_operator_can_read_examples_of_every_command() -> None:
    """Each command's help ends with how it is typed."""
    examples = dict(each_command(get_command(app)))
    assert "audit export" in examples
    for command, epilog in examples.items():
        assert f"$ azure-invoice-bot {command}" in epilog, command


def test_nobody_can_import_what_only_another_package_brings() -> None:
    """Whatever is imported is a dependency of ours; only pictures need more."""
    declared = {
        re.split(r"[\[<>=; ]", one)[0].lower() for one in PROJECT["project"]["dependencies"]
    }
    ours = {"bot", "handlers", "sandbox", *sys.stdlib_module_names}
    known = packages_distributions()
    for path in (p for room in ("bot", "handlers", "sandbox") for p in (ROOT / room).rglob("*.py")):
        for module in re.findall(
            r"^\s*(?:from|import) ([a-z_0-9]+)", path.read_text(), re.MULTILINE
        ):
            brought = {name.lower().replace("_", "-") for name in known.get(module, [])}
            extra = {"charts.py": "matplotlib", "screenshots.py": "playwright"}.get(path.name)
            assert module in ours or brought & declared or module == extra, f"{path}: {module}"


def test_a_platform_can_start_the_processes_of_the_procfile() -> None:
    """``web``, ``worker`` and the check at release time are commands that exist."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    processes = dict(line.split(": ", 1) for line in lines if line)
    assert processes.keys() == {"web", "worker", "release"}
    called = {name: line.split("python -m bot ")[1] for name, line in processes.items()}
    assert called == {"web": "web", "worker": "worker", "release": "doctor"}
    assert set(called.values()) <= commands()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_nobody_can_slip_in_another_package(lock: str) -> None:
    """Every locked version has its hashes and no address, so any index will do."""
    text = (ROOT / lock).read_text()
    pins = re.findall(r"^([A-Za-z0-9._-]+)==\S+", text, re.MULTILINE)
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins) > 20
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?://|^--|-index", text, re.MULTILINE)
    wanted = {re.split(r"[\[<>=; ]", one)[0] for one in PROJECT["project"]["dependencies"]}
    assert {name.lower() for name in wanted} <= {pin.lower() for pin in pins}


def test_a_newcomer_can_make_everything() -> None:
    """``make`` knows how to show, test, check and measure, each from nothing."""
    text = (ROOT / "Makefile").read_text()
    for target in ("demo", "test", "check", "bench"):
        assert re.search(rf"^{target}: \$\((READY|DEV)\)$", text, re.MULTILINE), target
    assert "--require-hashes" in text
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    assert "MIT License" in (ROOT / "LICENSE").read_text()
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
