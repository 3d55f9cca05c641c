"""The documentation says what is so."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

import bot.adapters.metrics  # noqa: F401  # registers the metrics
from bot.config_reference import reference

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
METRIC = re.compile(r"\baib_[a-z_]+")


def hooks() -> Any:
    """What puts README sections into pages."""
    spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs/hooks.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_an_administrator_can_trust_the_configuration_reference() -> None:
    """It is what the settings themselves say (``make docs`` writes it)."""
    assert (ROOT / "docs/configuration.md").read_text() == reference()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_reader_cannot_meet_a_dead_end(page: Path) -> None:
    """Sections taken from the README are there, and so is every page and picture it points to."""
    text = hooks().on_page_markdown(page.read_text())

    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), target
    assert "<!-- README" not in text


def test_every_page_can_be_found_in_the_menu() -> None:
    """The navigation names them all."""
    named = re.findall(r"[\w-]+\.md", (ROOT / "mkdocs.yml").read_text())
    assert sorted(named) == [page.name for page in PAGES]


@pytest.mark.parametrize("name", ["alerts.yml", "grafana.json"])
def test_an_operator_can_watch_metrics_that_exist(name: str) -> None:
    """Every metric of the example rules and the dashboard is one the bot serves."""
    served = {sample for family in REGISTRY.collect() for sample in _names(family)}

    assert set(METRIC.findall((ROOT / "docs/monitoring" / name).read_text())) <= served


def _names(family: Any) -> set[str]:
    kinds = ("", "_total", "_bucket", "_count", "_sum")
    return {family.name + kind for kind in kinds}


def test_a_dashboard_can_be_imported() -> None:
    """It is JSON with panels, each with a query."""
    board = json.loads((ROOT / "docs/monitoring/grafana.json").read_text())
    assert all(panel["targets"][0]["expr"] for panel in board["panels"])
