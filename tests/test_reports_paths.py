"""How reports name files and pages."""

from __future__ import annotations

from pathlib import Path

from metricloom.reports.paths import relative, uri


def test_a_url_stays_one() -> None:
    assert relative("http://localhost:8000/metrics") == "http://localhost:8000/metrics"
    assert uri("https://host/metrics?a=b c") == "https://host/metrics?a=b%20c"


def test_a_file_is_named_from_the_current_folder() -> None:
    assert relative(str(Path.cwd() / "rules" / "a.yml")) == "rules/a.yml"
    assert uri(str(Path.cwd() / "a b.yml")) == "a%20b.yml"
