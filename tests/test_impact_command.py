"""`metricloom diff` as a person meets it: a real process, its output and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.impact_edits import data, every, replaced, threshold, without

METRICLOOM = Path(sys.executable).with_name("metricloom")
EXAMPLE = Path(__file__).parent.parent / "examples" / "http_service.py"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name, edits in {
        "same": (),
        "broken": (without("alerts", "ManyFailures"),),
        "altered": (threshold("ManyFailures", 0.3),),
        "added": (every("help", "Other", "metrics", "stock_bytes"),),
    }.items():
        whole = data()
        for edit in edits:
            edit(whole)
        (tmp_path / f"{name}.json").write_text(json.dumps(whole))
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "registry.json").write_text(json.dumps(data()))
    return tmp_path


def diff(here: Path, *arguments: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [METRICLOOM, "diff", *arguments], cwd=here, input=given, capture_output=True, timeout=120, check=False
    )
    shown = subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in shown.stderr
    return shown


def test_the_same_registry_has_no_changes(here: Path) -> None:
    done = diff(here, "bundle", "same.json")
    assert (done.returncode, done.stdout) == (0, "bundle/registry.json → same.json: no changes\n")


@pytest.mark.parametrize(
    ("new", "fail_on", "code"),
    [
        ("broken.json", None, 1),
        ("altered.json", None, 0),
        ("added.json", None, 0),
        ("broken.json", "altering", 1),
        ("altered.json", "altering", 1),
        ("added.json", "altering", 0),
        ("broken.json", "never", 0),
    ],
)
def test_it_fails_where_it_is_told_to(here: Path, new: str, fail_on: str | None, code: int) -> None:
    options = ("--fail-on", fail_on) if fail_on else ()
    assert diff(here, "bundle", new, *options).returncode == code


def test_one_side_may_come_from_another_revision_through_a_pipe(here: Path) -> None:
    done = diff(here, "-", "bundle", given=(here / "broken.json").read_bytes())
    assert done.returncode == 0
    assert "standard input → bundle/registry.json" in done.stdout
    assert "alert ManyFailures is added" in done.stdout
    script = f"exec {METRICLOOM} diff <(cat broken.json) bundle"
    piped = subprocess.run(["bash", "-c", script], cwd=here, capture_output=True, text=True, timeout=60, check=False)
    assert (piped.returncode, "alert ManyFailures is added" in piped.stdout) == (0, True)
    assert diff(here, "-", "-").returncode == 2


def test_a_registry_in_python_says_where_each_thing_is_declared(here: Path) -> None:
    text = EXAMPLE.read_text()
    (here / "old.py").write_text(text)
    (here / "new.py").write_text(text.replace("Threshold(100)", "Threshold(200)"))
    line = next(number for number, one in enumerate(text.splitlines(), 1) if one == "        ml.Alert(")
    done = diff(here, "old.py", "new.py")
    assert done.returncode == 0
    assert "alert QueueBacklog fires above 200 [alert-threshold]" in done.stdout
    assert f"new.py:{line}, rules/http.yml, docs/monitoring.md#queuebacklog" in done.stdout
    assert diff(here, "new.py", "new.py").stdout.endswith("no changes\n")


def test_a_bundle_does_not_differ_from_the_registry_that_it_was_made_from() -> None:
    golden = Path(__file__).parent / "golden/http_service"
    assert diff(EXAMPLE.parent, golden, EXAMPLE).stdout.endswith("no changes\n")


def test_two_versions_that_import_what_stands_beside_them_are_two(here: Path) -> None:
    for folder, limit in (("one", 100), ("two", 200)):
        (here / folder).mkdir()
        (here / folder / "limits.py").write_text(f"LIMIT = {limit}\n")
        text = EXAMPLE.read_text().replace("Threshold(100)", "Threshold(LIMIT)")
        (here / folder / "mine.py").write_text(
            text.replace("import metricloom as ml", "import metricloom as ml\nfrom limits import LIMIT")
        )
    assert "fires above 200" in diff(here, "one/mine.py", "two/mine.py").stdout


def test_without_new_the_registry_of_the_project_is_compared(here: Path) -> None:
    (here / "mine.py").write_text(EXAMPLE.read_text())
    (here / "pyproject.toml").write_text('[tool.metricloom]\nregistry = "mine.py"\n')
    golden = Path(__file__).parent / "golden/http_service"
    assert diff(here, golden).stdout.endswith("no changes\n")


def sites(here: Path) -> None:
    declared = 'sites=[ml.Site("eu", for_={"QueueBacklog": "9m"}), ml.Site("us")]'
    (here / "mine.py").write_text(EXAMPLE.read_text().replace("subsystems=[http]", f"subsystems=[http], {declared}"))
    subprocess.run([METRICLOOM, "generate", "mine.py", "--no-check", "-o", "made"], cwd=here, check=True, timeout=60)


def test_what_one_site_has_is_compared_with_that_site(here: Path) -> None:
    sites(here)
    assert diff(here, "made/eu", "mine.py", "--site", "eu").stdout.endswith("no changes\n")
    done = diff(here, "made/eu", "mine.py")
    assert done.returncode == 2
    assert "made/eu/registry.json is of the site eu, and mine.py is read as declared" in done.stderr
    assert "--site eu" in done.stderr
    both = diff(here, "made/eu", "made/us")
    assert both.returncode == 1
    assert "bundle is of the site us, and was of the site eu" in both.stdout
    folder = diff(here, "made", "mine.py")
    assert (folder.returncode, "give one of its sites: made/eu, made/us" in folder.stderr) == (2, True)


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("nosuch.json", "nosuch.json: No such file or directory"),
        ("empty", "empty holds no registry.json"),
        ("text.json", "text.json is no JSON"),
        ("newer.json", "newer.json is of format 2"),
        ("nosuch.py", "nosuch.py: there is no such file"),
        ("no.such.module:X", "there is no module"),
    ],
)
def test_what_cannot_be_compared_is_usage(here: Path, old: str, said: str) -> None:
    (here / "empty").mkdir()
    (here / "text.json").write_text("not JSON")
    (here / "newer.json").write_text('{"schema": 2}')
    done = diff(here, old, "bundle")
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_forms_for_programs_and_for_pull_requests(here: Path) -> None:
    told = json.loads(diff(here, "bundle", "broken.json", "--format", "json").stdout)
    assert (told["impact"], told["changes"][0]["kind"]) == ("breaking", "alert-removed")
    page = diff(here, "bundle", "broken.json", "--format", "markdown").stdout
    assert page.startswith("### Monitoring: 1 breaking\n")
    assert "\x1b" not in page + diff(here, "bundle", "broken.json").stdout


def test_what_no_terminal_can_show_is_escaped(here: Path) -> None:
    whole = data()
    whole["alerts"].append({**whole["alerts"][0], "name": "\ud800\x1b[31m"})
    (here / "odd.json").write_text(json.dumps(whole))
    for form in ("text", "markdown", "json"):
        done = subprocess.run(
            [METRICLOOM, "diff", "bundle", "odd.json", "--format", form],
            cwd=here,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, b"\x1b" in done.stdout, b"Traceback" in done.stderr) == (0, False, False)


# --- files of others ------------------------------------------------------------------------------------------

RULES = """\
groups:
  - name: theirs
    rules:
      - record: team:orders:rate5m
        expr: sum by (shop) (rate(orders_total[5m]))
      - alert: TheirAlert
        expr: team:orders:rate5m{shop="web"} > 1
        annotations:
          summary: "{{ $labels.shop }} of NoWebOrders"
"""
BOARD = {
    "title": "Theirs",
    "schemaVersion": 39,
    "panels": [
        {
            "title": "Orders",
            "type": "timeseries",
            "datasource": {"type": "prometheus", "uid": "p"},
            "targets": [{"refId": "A", "expr": "sum by (shop) (rate(orders_total[5m]))", "legendFormat": "{{shop}}"}],
        }
    ],
}


def test_rules_and_dashboards_of_others_are_searched_too(here: Path) -> None:
    (here / "theirs.yml").write_text(RULES)
    (here / "theirs.json").write_text(json.dumps(BOARD))
    whole = data()
    replaced("orders_total", "sales_total")(whole)
    (here / "renamed.json").write_text(json.dumps(whole))
    done = diff(here, "bundle", "renamed.json", "--also", "theirs.yml", "--also", "theirs.json")
    assert done.returncode == 1
    assert "breaks record team:orders:rate5m (theirs.yml:4:" in done.stdout
    assert "breaks alert TheirAlert (theirs.yml:6:" in done.stdout
    assert "        through team:orders:rate5m\n" in done.stdout
    assert "breaks panel Theirs › Orders › A (theirs.json:" in done.stdout


def test_series_of_others_are_not_said_to_be_scraped_as_ours_are(here: Path) -> None:
    rules = [{"alert": name, "expr": f"rate({name}[90s]) > 1"} for name in ("orders_total", "elsewhere_total")]
    (here / "theirs.yml").write_text(json.dumps({"groups": [{"name": "theirs", "rules": rules}]}))
    whole = data()
    every("scrape_interval", "90s")(whole)
    (here / "seldom.json").write_text(json.dumps(whole))
    done = diff(here, "bundle", "seldom.json", "--also", "theirs.yml")
    assert "breaks alert orders_total (theirs.yml:" in done.stdout
    assert "elsewhere_total" not in done.stdout


def test_a_file_of_others_that_cannot_be_read_is_told(here: Path) -> None:
    (here / "bad.yml").write_text("groups: [")
    (here / "bad.json").write_text("[1")
    (here / "binary.yml").write_bytes(b"\xff\xfe")
    for name in ("bad.yml", "bad.json", "binary.yml", "nosuch.yml", "bundle"):
        done = diff(here, "bundle", "same.json", "--also", name)
        assert (done.returncode, name in done.stderr) == (2, True), name


def test_without_new_and_without_a_project_there_is_nothing_to_compare_with(here: Path) -> None:
    (here / "old.json").write_text("{}")
    done = diff(here, "old.json")
    assert done.returncode == 2
    assert "name NEW" in done.stderr
