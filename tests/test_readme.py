"""What the README shows is run: its registry, its commands, and the output that it promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
REGISTRY_DOCS = (ROOT / "docs/registry.md").read_text()
METRICLOOM = Path(sys.executable).with_name("metricloom")

TRAPS = """\
from metricloom import Alert, Counter, Example, Histogram, Label, Registry, Subsystem, Threshold

MODEL = Label("model", "Model requested", values=["gpt-4o"])
CALLS = Counter("llm_calls_total", "Calls that ended", labels=[MODEL])
FAILURES = Counter("llm_failures_total", "Calls that failed", labels=[MODEL], subset_of=CALLS)
SECONDS = Histogram("llm_call_seconds", "Duration", labels=[MODEL], buckets=(1, 10, 60, 600))
WRITTEN = Counter("storage_bytes_written_total", "Bytes written", unit="bytes")
TEXTS = dict(for_="5m", severity="warning", summary="s", description="d", next_steps="n",
             examples=lambda _: [Example("x", [], fires_at=["1m"], silent_at=["1m"])])
REGISTRY = Registry("mine", [Subsystem("llm", "LLM", "me", metrics=[CALLS, FAILURES, SECONDS, WRITTEN], alerts=[
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    [whole] = [block for block in blocks("python") if block.startswith("import metricloom")]
    (tmp_path / "monitoring.py").write_text(whole)
    return tmp_path


def metricloom(here: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([METRICLOOM, *arguments], cwd=here, capture_output=True, text=True, timeout=120, check=False)


def test_the_registry_of_the_readme_generates_checks_and_is_proven(here: Path) -> None:
    shown = re.findall(r"^\$ metricloom (\w+) monitoring\.py", README, re.MULTILINE)
    assert shown == ["generate", "check", "test", "list"]
    for verb in shown:
        done = metricloom(here, verb, "monitoring.py")
        assert done.returncode == 0, (verb, done.stderr)
    assert metricloom(here, "check", "monitoring.py").stdout == "no problems\n"
    assert "def record_request(" in (here / "bundle/instrumentation/metrics.py").read_text()


FOREIGN_RULES = """\
groups:
- name: llm
  rules:
  - alert: SlowLLMCalls
    expr: |
      histogram_quantile(0.95,
        sum by (model) (rate(llm_call_seconds_bucket[5m]))) > 10
  - alert: LLMFailures
    expr: sum by (job) (increase(llm_failures_total[1h])) > 10
    annotations:
      summary: "{{ $labels.model }} fails"
"""
PAGE = """\
# HELP llm_failures_total Failures.
# TYPE llm_failures_total counter
llm_failures_total{model="gpt-4o"} 1
# HELP llm_call_seconds Duration.
# TYPE llm_call_seconds histogram
llm_call_seconds_bucket{model="gpt-4o",le="10.0"} 1
llm_call_seconds_bucket{model="gpt-4o",le="60.0"} 1
llm_call_seconds_bucket{model="gpt-4o",le="+Inf"} 1
llm_call_seconds_sum{model="gpt-4o"} 1
llm_call_seconds_count{model="gpt-4o"} 1
"""


def test_the_files_of_others_are_checked_in_the_words_that_the_readme_shows(here: Path) -> None:
    (here / "rules.yml").write_text(FOREIGN_RULES)
    (here / "page.txt").write_text(PAGE)
    (here / "dashboards").mkdir()
    done = metricloom(here, "check", "rules.yml", "dashboards/", "--metrics", "page.txt")
    [shown] = [block for block in blocks("console") if "--metrics http" in block]
    assert done.stdout == shown.partition("\n")[2] + "2 errors\n"


def test_with_its_table_in_pyproject_no_command_needs_an_argument(here: Path) -> None:
    [table] = [block for block in blocks("toml") if "tool.metricloom" in block]
    (here / "pyproject.toml").write_text(table)
    assert metricloom(here, "generate").returncode == 0
    assert metricloom(here, "generate", "--check").returncode == 0


def test_the_sites_of_the_readme_get_a_bundle_each(here: Path) -> None:
    [sites] = [block for block in blocks("python") if "ml.Site(" in block]
    text = (here / "monitoring.py").read_text()
    (here / "monitoring.py").write_text(text[: text.index("REGISTRY = ")] + sites)
    assert metricloom(here, "generate", "monitoring.py").returncode == 0
    assert sorted(path.name for path in (here / "bundle").iterdir()) == ["eu", "us"]
    assert metricloom(here, "test", "monitoring.py").returncode == 0


def test_the_traps_are_named_in_the_words_that_the_readme_shows(here: Path) -> None:
    alerts = next(block for block in blocks("python") if block.startswith("Alert(")).replace("...", "**TEXTS")
    lines = [f"    {line}" for line in alerts.replace(")\n", "),\n").splitlines()]
    (here / "mine.py").write_text(TRAPS + "\n".join(lines) + "\n])])\n")
    done = metricloom(here, "check", "mine.py")
    assert done.returncode == 1
    [shown] = [block for block in blocks("text") if block.startswith("mine.py")]
    assert shown in done.stdout
    assert "alert TooManyCalls" in done.stdout
    assert metricloom(here, "generate", "mine.py").returncode == 1
    assert not (here / "bundle").exists()


def test_every_name_that_the_documentation_calls_is_exported() -> None:
    import metricloom as ml

    assert set(re.findall(r"\bml\.(\w+)", README)) <= set(ml.__all__)
    called = set(re.findall(r"\b([A-Z][A-Za-z]+)\(", REGISTRY_DOCS))
    assert called <= {*ml.__all__, "COUNTER"}, called - set(ml.__all__)
