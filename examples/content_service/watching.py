"""Prometheus over the service: the configuration of the bundle, for this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]

QUICK_SCRAPE, QUICK_EVALUATION, QUICK_FOR = "1s", "2s", "2s"
RETENTION = "36d"  # no query of the bundle reads farther back


def configure(bundle: Path, target: str, folder: Path, *, quick: bool) -> Path:
    """Write into *folder* what Prometheus loads, and return it: the bundle's own configuration, with this target.

    *quick*: scrape and evaluate every second or two, and let no alert wait longer, so that a demonstration need not.
    Windows and thresholds stay as they were declared.
    """
    config = _read(bundle / "prometheus/prometheus.yml")
    [job] = config["scrape_configs"]
    job["static_configs"] = [{"targets": [target]}]
    rules = bundle / "rules"
    if quick:
        config["global"] |= {"scrape_interval": QUICK_SCRAPE, "evaluation_interval": QUICK_EVALUATION}
        rules = _quick_rules(rules, folder / "rules")
    config["rule_files"] = [str(rules.resolve() / "*.yml")]
    return _write(folder / "prometheus.yml", config)


def command(program: str, config: Path, port: int) -> list[str]:
    """Return what starts Prometheus; it keeps its data beside its configuration."""
    return [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={config.parent / 'data'}",
        f"--storage.tsdb.retention.time={RETENTION}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]


def _quick_rules(rules: Path, quick: Path) -> Path:
    quick.mkdir()
    for path in rules.glob("*.yml"):
        loaded = _read(path)
        for group in loaded["groups"]:
            group["interval"] = QUICK_EVALUATION
            for rule in group["rules"]:
                if "for" in rule:
                    rule["for"] = QUICK_FOR
        _write(quick / path.name, loaded)
    return quick


def _read(path: Path) -> Json:
    loaded: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def _write(path: Path, content: Json) -> Path:
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path
