"""What docs/diff.md says: its table is that of the code, its example is real, its workflow is one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from metricloom.commands.diff import command
from metricloom.impact.kinds import KINDS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/diff.md").read_text(encoding="utf-8")
METRICLOOM = Path(sys.executable).with_name("metricloom")
TEAM = """\
groups:
  - name: team
    rules:
      - record: team:http_fast:ratio_rate5m
        expr: sum(rate(http_request_seconds_bucket{le="0.25"}[5m])) / sum(rate(http_request_seconds_count[5m]))
      - alert: FewFastRequests
        expr: team:http_fast:ratio_rate5m < 0.9
      - alert: ManyWait
        expr: sum(http_queue_depth) > 500
"""
EDITS = {
    "0.1, 0.25, 0.5,": "0.1, 0.5,",
    "http_queue_depth": "http_waiting_requests",
    "Threshold(100)": "Threshold(200)",
}


def test_the_table_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (breaking|altering|compatible) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(kind.name, kind.impact.word, kind.why) for kind in KINDS.values()]


def test_the_example_is_real(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests/golden/http_service", tmp_path / "bundle")
    text = (ROOT / "examples/http_service.py").read_text()
    for old, new in EDITS.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "http_service.py").write_text(text)
    (tmp_path / "team.yml").write_text(TEAM)
    [(shown, expected)] = re.findall(r"^\$ metricloom (diff .*)\n((?:(?!```).*\n)+)```$", PAGE, re.MULTILINE)
    done = subprocess.run([METRICLOOM, *shown.split()], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, expected)


def test_the_workflow_is_one_and_all_options_are_told() -> None:
    [workflow] = re.findall(r"^```yaml\n(name: .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert "impact" in yaml.safe_load(workflow)["jobs"]
    for option in (option for parameter in command.params for option in parameter.opts if option.startswith("--")):
        assert option in PAGE or option == "--verbose"
