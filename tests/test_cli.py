"""The command line as a person meets it: a real process, its output, its exit code, and what it leaves on disk."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import METRICLOOM, metricloom

EXAMPLE = Path(__file__).parent.parent / "examples" / "http_service.py"
BROKEN = """\
from metricloom import Alert, Counter, Label, RecordingRule, Registry, Subsystem, Threshold, TimeSeries
MODEL = Label("model", "Model", values=["small"])
CALLS = Counter("calls_total", "Calls", labels=[MODEL])
REGISTRY = Registry("mine", [Subsystem("mine", "Mine", "me", metrics=[CALLS], alerts=[
    Alert("Raw", CALLS > Threshold(10), "5m", "warning", "s", "d", "n"),
    Alert("Unknown", "rate(cals_total[5m]) > 1", "5m", "warning", "s", "d", "n"),
])])
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_generate_writes_a_bundle_and_says_what_it_did(here: Path) -> None:
    done = metricloom(here, "generate", EXAMPLE)
    assert done.returncode == 0, done.stderr
    assert "files created" in done.stdout
    written = tree(here / "bundle")
    assert {"metricloom.json", "registry.json", "rules/http.yml", "rules/tests/http.yml", "docs/monitoring.md"} <= set(
        written
    )


def test_a_second_generate_changes_nothing(here: Path) -> None:
    metricloom(here, "generate", EXAMPLE)
    before = tree(here)
    done = metricloom(here, "generate", EXAMPLE)
    assert done.returncode == 0
    assert "created" not in done.stdout
    assert tree(here) == before


def test_generate_check_writes_nothing_and_shows_what_is_stale(here: Path) -> None:
    registry = here / "mine.py"
    registry.write_text(EXAMPLE.read_text())
    assert metricloom(here, "generate", registry, "--check").returncode == 1
    assert not (here / "bundle").exists()
    metricloom(here, "generate", registry)
    assert metricloom(here, "generate", registry, "--check").returncode == 0
    registry.write_text(EXAMPLE.read_text().replace("Threshold(100)", "Threshold(200)"))
    before = tree(here)
    done = metricloom(here, "generate", registry, "--check")
    assert done.returncode == 1
    assert "-    expr: sum by (cluster, namespace, job) (http_queue_depth) > 100" in done.stdout
    assert "+    expr: sum by (cluster, namespace, job) (http_queue_depth) > 200" in done.stdout
    assert tree(here) == before


def test_a_file_that_a_person_edited_is_kept_until_forced(here: Path) -> None:
    metricloom(here, "generate", EXAMPLE)
    rules = here / "bundle/rules/http.yml"
    generated = rules.read_bytes()
    rules.write_bytes(generated + b"# mine\n")
    done = metricloom(here, "generate", EXAMPLE)
    assert done.returncode == 1
    assert "rules/http.yml" in done.stderr
    assert "--force" in done.stderr
    assert rules.read_bytes().endswith(b"# mine\n")
    done = metricloom(here, "generate", EXAMPLE, "--check")
    assert done.returncode == 1
    assert f"{rules}: edited by hand\n" in done.stderr
    assert "with --force" in done.stderr
    done = metricloom(here, "generate", EXAMPLE, "--force")
    assert done.returncode == 0
    assert f"{rules}: overwritten; it was edited by hand\n" in done.stdout
    assert rules.read_bytes() == generated
    assert "overwritten" not in metricloom(here, "generate", EXAMPLE, "--force").stdout


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
        {"PYTHONHASHSEED": "4242", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/New_York", "NO_COLOR": "1"},
    ],
)
def test_the_same_registry_gives_the_same_bytes_anywhere(here: Path, env: dict[str, str]) -> None:
    metricloom(here, "generate", EXAMPLE)
    (here / "elsewhere").mkdir()
    done = metricloom(here / "elsewhere", "generate", EXAMPLE, env=env)
    assert done.returncode == 0, done.stderr
    assert tree(here / "elsewhere/bundle") == tree(here / "bundle")


def test_no_bundle_is_written_for_a_registry_with_errors(here: Path) -> None:
    (here / "mine.py").write_text(BROKEN)
    done = metricloom(here, "generate", "mine.py")
    assert done.returncode == 1
    assert "mine.py:5: error: " in done.stderr
    assert "raw-counter" in done.stderr
    assert "did you mean calls_total?" in done.stderr
    assert "    | rate(cals_total[5m]) > 1\n    |      ^^^^^^^^^^\n" in done.stderr
    assert not (here / "bundle").exists()
    assert metricloom(here, "generate", "mine.py", "--no-check").returncode == 0
    assert (here / "bundle/rules/mine.yml").exists()


def test_check_passes_the_example_and_counts_the_problems_of_a_broken_registry(here: Path) -> None:
    done = metricloom(here, "check", EXAMPLE)
    assert (done.returncode, done.stdout) == (0, "no problems\n")
    (here / "mine.py").write_text(BROKEN)
    done = metricloom(here, "check", "mine.py", EXAMPLE)
    assert done.returncode == 1
    assert "2 errors" in done.stdout


def test_check_without_promtool_says_what_it_did_not_run(here: Path) -> None:
    done = metricloom(here, "check", EXAMPLE, env={"PATH": "", "METRICLOOM_PROMTOOL": ""})
    assert done.returncode == 0
    assert "not run: promtool" in done.stderr


def test_test_without_promtool_says_how_to_get_it(here: Path) -> None:
    done = metricloom(here, "test", EXAMPLE, env={"PATH": "", "METRICLOOM_PROMTOOL": ""})
    assert done.returncode == 3
    assert "go install" in done.stderr


def test_test_proves_the_examples_of_a_registry(here: Path) -> None:
    done = metricloom(here, "test", EXAMPLE)
    assert done.returncode == 0, done.stderr
    assert "rules/tests/http.yml: passed" in done.stdout
    assert "7 examples, 0 failures" in done.stdout


def test_test_names_the_alert_whose_example_does_not_hold(here: Path) -> None:
    (here / "mine.py").write_text(
        EXAMPLE.read_text().replace('{limit * 2}x30")], fires_at', '{limit / 3}x30")], fires_at')
    )
    done = metricloom(here, "test", "mine.py")
    assert done.returncode == 1
    assert "QueueBacklog" in done.stderr
    line = next(
        number for number, text in enumerate(EXAMPLE.read_text().splitlines(), 1) if text == "        ml.Alert("
    )
    assert f"mine.py:{line}: error: " in done.stderr
    assert "twice as many wait" in done.stderr


def test_every_site_gets_a_bundle_of_its_own_or_one_alone(here: Path) -> None:
    sites = 'sites=[ml.Site("eu", off=["SlowRequests"]), ml.Site("us")]'
    (here / "mine.py").write_text(EXAMPLE.read_text().replace("subsystems=[http]", f"subsystems=[http], {sites}"))
    assert metricloom(here, "generate", "mine.py").returncode == 0
    assert sorted(path.name for path in (here / "bundle").iterdir()) == ["eu", "us"]
    assert "SlowRequests" not in (here / "bundle/eu/rules/http.yml").read_text()
    assert "SlowRequests" in (here / "bundle/us/rules/http.yml").read_text()
    assert metricloom(here, "generate", "mine.py", "--site", "us", "-o", "one").returncode == 0
    assert [path.name for path in (here / "one").iterdir()] == ["us"]
    done = metricloom(here, "generate", "mine.py", "--site", "uss")
    assert done.returncode == 2
    assert "did you mean us?" in done.stderr


def test_the_bundle_of_a_site_that_is_no_longer_declared_is_removed_but_for_what_a_person_wrote(here: Path) -> None:
    def declare(*sites: str) -> None:
        declared = ", ".join(f'ml.Site("{site}")' for site in sites)
        text = EXAMPLE.read_text().replace("subsystems=[http]", f"subsystems=[http], sites=[{declared}]")
        (here / "mine.py").write_text(text)

    declare()
    assert metricloom(here, "generate", "mine.py").returncode == 0
    declare("eu", "us")
    done = metricloom(here, "generate", "mine.py", "--check")
    assert done.returncode == 1
    assert "rules/http.yml: no longer generated" in done.stdout
    assert metricloom(here, "generate", "mine.py").returncode == 0
    assert sorted(path.name for path in (here / "bundle").iterdir()) == ["eu", "us"]
    assert metricloom(here, "generate", "mine.py", "--check").returncode == 0
    (here / "bundle/us/runbooks").mkdir()
    (here / "bundle/us/runbooks/SlowRequests.md").write_text("mine")
    declare("eu")
    assert metricloom(here, "generate", "mine.py", "--site", "eu").returncode == 0
    assert (here / "bundle/us/rules/http.yml").exists()
    assert metricloom(here, "generate", "mine.py").returncode == 0
    assert tree(here / "bundle/us") == {"runbooks/SlowRequests.md": b"mine"}


def test_list_and_prices_without_a_site_show_what_is_declared(here: Path) -> None:
    price = 'ml.Price("request", 2, per=1, unit="request")'
    sites = 'sites=[ml.Site("eu", off=["SlowRequests"], prices={"request": 9})]'
    text = EXAMPLE.read_text().replace("subsystems=[http]", f"subsystems=[http], {sites}")
    (here / "mine.py").write_text(text.replace("metrics=[QUEUE_DEPTH]", f"metrics=[QUEUE_DEPTH], prices=[{price}]"))
    assert "SlowRequests" in metricloom(here, "list", "mine.py").stdout
    assert "SlowRequests" not in metricloom(here, "list", "mine.py", "--site", "eu").stdout
    assert " 2 " in metricloom(here, "prices", "mine.py").stdout
    assert " 9 " in metricloom(here, "prices", "mine.py", "--site", "eu").stdout


def test_list_shows_each_declaration_with_its_place(here: Path) -> None:
    done = metricloom(here, "list", EXAMPLE)
    assert done.returncode == 0
    line = next(number for number, text in enumerate(EXAMPLE.read_text().splitlines(), 1) if "http_queue_depth" in text)
    [shown] = [text for text in done.stdout.splitlines() if "http_queue_depth" in text]
    assert shown.split() == ["http_queue_depth", f"{EXAMPLE}:{line}"]
    assert "QueueBacklog" in done.stdout
    assert "Queue depth" in done.stdout


def test_a_wrong_registry_is_usage_and_shows_its_traceback_only_when_asked(here: Path) -> None:
    (here / "mine.py").write_text("raise KeyError('x')\n")
    done = metricloom(here, "generate", "mine.py")
    assert done.returncode == 2
    assert "mine.py:1: KeyError: 'x'" in done.stderr
    assert "Traceback" in metricloom(here, "--verbose", "generate", "mine.py").stderr
    assert "Traceback" in metricloom(here, "generate", "mine.py", "--verbose").stderr


def test_wrong_usage_is_2_and_names_the_verb_that_was_meant(here: Path) -> None:
    assert metricloom(here, "generate", "--nope").returncode == 2
    done = metricloom(here, "generat")
    assert done.returncode == 2
    assert "generate" in done.stderr


@pytest.mark.parametrize("output", ["/", "file", "file/below", "/proc/none"])
def test_an_output_that_cannot_hold_a_bundle_is_refused(here: Path, output: str) -> None:
    (here / "file").write_text("mine")
    done = metricloom(here, "generate", EXAMPLE, "-o", output)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert tree(here) == {"file": b"mine"}


def test_what_the_terminal_cannot_show_is_escaped(here: Path) -> None:
    (here / "mine.py").write_text(EXAMPLE.read_text().replace("Queue depth", "Queue ☃"))
    done = metricloom(here, "list", "mine.py", env={"PYTHONIOENCODING": "latin-1"})
    assert done.returncode == 0
    assert "Queue \\u2603" in done.stdout


@pytest.mark.parametrize("arguments", [["list", str(EXAMPLE)], ["--help"]])
def test_an_output_that_takes_nothing_more_is_said(here: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([METRICLOOM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "error: [Errno 28] No space left on device\n"


def test_a_folder_that_is_gone_is_said(here: Path) -> None:
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" list'
    done = subprocess.run(["sh", "-c", script, METRICLOOM], cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the current folder: No such file")


def test_no_color_holds_on_a_terminal_for_what_ends_a_run_too(here: Path) -> None:
    ours, theirs = os.openpty()
    for value, coloured in (("1", False), ("", True)):
        env = {**os.environ, "NO_COLOR": value}
        subprocess.run([METRICLOOM, "list", "absent.py"], cwd=here, env=env, stderr=theirs, check=False)
        said = os.read(ours, 4096)
        assert b"absent.py" in said
        assert (b"\x1b[" in said) is coloured
    os.close(theirs)
    os.close(ours)


def test_it_is_a_module_that_runs(here: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "metricloom", "--version"], cwd=here, capture_output=True, check=True)
    assert done.stdout.startswith(b"metricloom, version ")


def test_version_is_that_of_the_package(here: Path) -> None:
    assert metricloom(here, "--version").stdout.startswith("metricloom, version 0.")


def test_ctrl_c_ends_a_run_as_a_shell_has_it(here: Path) -> None:
    (here / "slow.py").write_text("print('loading', flush=True)\nimport time\ntime.sleep(60)\n")
    with subprocess.Popen(
        [METRICLOOM, "generate", "slow.py"], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "loading\n"
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=30)
    assert (run.returncode, "Traceback" in said) == (130, False)
