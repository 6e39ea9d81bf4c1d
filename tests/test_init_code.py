"""`metricloom init --from-code`: what Python source creates, read and never run."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from metricloom.adoption.code import files, found_in_code
from metricloom.adoption.from_page import found_on
from metricloom.adoption.merge import merged
from metricloom.adoption.model import Found
from metricloom.adoption.registry import registry_text
from metricloom.errors import UserError
from metricloom.exposition.model import FamilyType
from metricloom.exposition.page import read_page
from tests.command_line import metricloom
from tests.test_init import assert_formatted, loaded

METRICS = '''\
"""Metrics of the shop."""

import math

import prometheus_client as prom
from prometheus_client import Counter as C, Histogram
from prometheus_client.metrics import Enum, Info, Summary
from collections import Counter

NAMESPACE = "shop"
LABELS = ("kind", "outcome")
SLOW = [30, 60.0]

ORDERS = C("orders", "Orders taken", LABELS, namespace=NAMESPACE)
FAILED = C(
    name="orders_failed_total",
    documentation="Orders that failed, "
    "for whatever reason",
    labelnames=[*LABELS],
    namespace=NAMESPACE,
)
QUEUE = prom.Gauge(f"{NAMESPACE}_queue", "Orders that wait")
SECONDS = Histogram("order", "How long", ["kind"], NAMESPACE, unit="seconds", buckets=(0.1, *SLOW, math.inf))
CALLS = Histogram("calls_seconds", "Duration of a call", namespace=NAMESPACE, subsystem="api")
SIZE = Summary("shop_size_bytes", "Size of an order")
BUILD = Info("shop_build", "Version")
STATE = Enum("shop_state", "State", states=["open", "closed"])
WORDS = Counter("not a metric")


class Meter:
    def __init__(self, name):
        self.made = prom.Counter(name, "Any")
        self.own = prom.Gauge("shop_meter", "A meter", self.labels())


for part in ("a", "b"):
    prom.Gauge("shop_" + part, "A part")
'''


def found(folder: Path, source: str = METRICS) -> tuple[dict[str, Found], list[str]]:
    (folder / "metrics.py").write_text(source, encoding="utf-8")
    with contextlib.chdir(folder):
        findings = found_in_code(".")
    return {each.name: each for each in findings.metrics}, list(findings.remarks)


def test_calls_are_found_under_whatever_name_and_read_as_the_library_reads_them(tmp_path: Path) -> None:
    metrics, remarks = found(tmp_path)
    assert {name: each.type for name, each in metrics.items()} == {
        "shop_orders_total": FamilyType.COUNTER,
        "shop_orders_failed_total": FamilyType.COUNTER,
        "shop_queue": FamilyType.GAUGE,
        "shop_order_seconds": FamilyType.HISTOGRAM,
        "shop_api_calls_seconds": FamilyType.HISTOGRAM,
        "shop_size_bytes": FamilyType.SUMMARY,
        "shop_build_info": FamilyType.INFO,
        "shop_state": FamilyType.STATESET,
        "shop_meter": FamilyType.GAUGE,
    }
    failed = metrics["shop_orders_failed_total"]
    assert (failed.help, failed.label_names) == ("Orders that failed, for whatever reason", ("kind", "outcome"))
    assert failed.places == ("metrics.py:15",)
    assert list(metrics["shop_order_seconds"].buckets) == [0.1, 30, 60]
    assert len(metrics["shop_api_calls_seconds"].buckets) == 14
    assert remarks == [
        "metrics.py:33: a Counter whose name is no literal is left out",
        "metrics.py:34: labelnames of shop_meter is no literal: fill it in",
        "metrics.py:38: a Gauge whose name is no literal is left out",
    ]


def test_what_the_library_makes_of_the_calls_is_what_is_found(tmp_path: Path) -> None:
    source = METRICS.partition("class Meter")[0] + "\nprint(prom.generate_latest().decode())\n"
    page = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout
    there = {each.name: each for each in found_on(read_page(page)).metrics}
    metrics, _ = found(tmp_path)
    del metrics["shop_meter"]  # of the class
    assert set(metrics) == set(there)
    assert {each.help for each in metrics.values()} == {each.help for each in there.values()}
    born = [name for name, each in there.items() if each.buckets]
    assert {name: metrics[name].buckets for name in born} == {name: there[name].buckets for name in born}


def test_a_registry_of_code_says_where_each_metric_stands_and_generates(tmp_path: Path) -> None:
    found(tmp_path)
    (tmp_path / "out").mkdir()
    done = metricloom(tmp_path, "init", "--from-code", ".", "-o", "out/registry.py")
    assert done.returncode == 0
    assert "metrics.py:33: a Counter whose name is no literal" in done.stderr
    text = (tmp_path / "out/registry.py").read_text()
    assert_formatted(text)
    assert "# metrics.py:14\nORDERS = ml.Counter(" in text
    assert '# TODO: how many values may it have? Better, list them: values=[…]\nKIND = ml.Label("kind"' in text
    assert "subset_of=ORDERS" in text
    assert metricloom(tmp_path, "check", "out/registry.py").returncode == 0
    assert metricloom(tmp_path, "generate", "out/registry.py", "-o", "bundle").returncode == 0


@pytest.mark.parametrize("name", ["app", "shop_build_info"])
@pytest.mark.parametrize("write", ["generate_latest()", "openmetrics.generate_latest(REGISTRY)"])
def test_an_info_of_the_code_is_that_of_the_page(name: str, write: str, tmp_path: Path) -> None:
    source = f"from prometheus_client import *\nInfo({name!r}, 'Build').info({{'version': '1'}})\n"
    imports = "import sys, prometheus_client.openmetrics.exposition as openmetrics"
    shown = f"{source}{imports}\nsys.stdout.write({write}.decode())"
    page = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True).stdout
    _, remarks = found(tmp_path, source)
    assert remarks == []
    both = merged(found_on(read_page(page)), found_in_code(str(tmp_path)))
    assert [(each.name, each.label_names) for each in both.metrics] == [(f"{name}_info", ("version",))]
    assert both.remarks == []


def test_several_folders_and_pages_are_taken_together_and_places_are_seen_from_here(tmp_path: Path) -> None:
    source = "from prometheus_client import Counter\nCounter('app_{}', 'Any', ['x'])\n"
    for name in ("a", "b"):
        (tmp_path / "src" / name).mkdir(parents=True)
        (tmp_path / "src" / name / "m.py").write_text(source.format(name))
        page = f'# TYPE app_c_total counter\napp_c_total{{x="{name}"}} 1\n# TYPE app_{name}s gauge\napp_{name}s 1\n'
        (tmp_path / f"{name}.txt").write_text(page)
    code = ("--from-code", "src/a", "--from-code", str(tmp_path / "src/b"), "--from-code", "src/b/m.py")
    done = metricloom(tmp_path, "init", *code, "--from-metrics", "a.txt", "--from-metrics", "b.txt")
    assert (done.returncode, done.stderr) == (0, "only in the code, and not on the page: app_a_total, app_b_total\n")
    text = (tmp_path / "registry.py").read_text()
    assert "# src/a/m.py:2\n" in text
    assert "# src/b/m.py:2\n" in text
    assert all(name in text for name in ("app_as", "app_bs", 'values=["a", "b"]'))
    for page in ("a.txt", "b.txt"):
        assert f"verify {page} --registry registry.py --ignore V101" in done.stdout
        verified = metricloom(tmp_path, "verify", page, "--registry", "registry.py", "--ignore", "V101")
        assert verified.returncode == 0, verified.stdout


def test_values_come_from_the_page_and_words_from_the_code(tmp_path: Path) -> None:
    found(tmp_path)
    page = (
        "# TYPE shop_orders_total counter\n"
        'shop_orders_total{outcome="ok",kind="book"} 1\n'
        "# HELP shop_queue Orders that wait\n# TYPE shop_queue counter\nshop_queue 1\n"
        "# HELP shop_other Other\n# TYPE shop_other gauge\nshop_other 1\n"
    )
    both = merged(found_on(read_page(page)), found_in_code(str(tmp_path)))
    metrics = {each.name: each for each in both.metrics}
    assert metrics["shop_orders_total"].help == "Orders taken"
    assert metrics["shop_orders_total"].label_names == ("kind", "outcome")
    assert metrics["shop_orders_total"].labels[0].values == ("book",)
    assert "shop_other" in metrics
    assert (
        f"shop_queue is a counter on the page and a gauge at {tmp_path}/metrics.py:22: what the page says is declared"
        in both.remarks
    )
    assert any(
        remark.startswith("only in the code, and not on the page: shop_orders_failed_total") for remark in both.remarks
    )
    registry = loaded(registry_text(both, "both").text)
    assert {family.name for family in registry.families} >= {"shop_orders_total", "shop_orders_failed_total"}


# --- code that is no metric, or no code ---------------------------------------------------------------


def test_code_is_never_run(tmp_path: Path) -> None:
    trap = "import pathlib\npathlib.Path('ran').touch()\nraise SystemExit\n"
    metrics, _ = found(tmp_path, trap + METRICS.replace('"""Metrics of the shop."""', ""))
    assert "shop_queue" in metrics
    assert not (tmp_path / "ran").exists()
    assert not Path("ran").exists()


BROKEN = {
    "syntax": "import prometheus_client\ndef (:\n",
    "null byte": "import prometheus_client\n\0\n",
    "nesting": "import prometheus_client\nx = " + "(" * 5_000 + ")" * 5_000 + "\n",
    "another encoding": "# coding: no-such\nimport prometheus_client\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN[name])
    metrics, remarks = found(tmp_path)
    assert "shop_queue" in metrics
    assert remarks[0].startswith("broken.py")
    assert "no Python that can be read" in remarks[0]


ODD = {
    "*arguments": "Counter(*args)",
    "**keywords": "Counter('a', **more)",
    "name from a call": "Counter(name(), 'A')",
    "number for a name": "Counter(5, 'A')",
    "no name": "Counter()",
    "assigned twice": "N = 'a'\nN = 'b'\nCounter(N, 'A')",
    "changed by a loop": "for N in 'ab':\n    Counter(N, 'A')",
    "a parameter": "N = 'a'\ndef f(N):\n    Counter(N, 'A')",
    "itself": "N = N + 'a'\nCounter(N, 'A')",
    "growing without end": "\n".join(["A0 = ''", *(f"A{n + 1} = A{n} + A{n}" for n in range(40)), "Counter(A40, 'A')"]),
    "deep": "Counter(" + " + ".join(["'a'"] * 500) + ", 'A')",
    "a format": "N = 1\nCounter(f'a{N:03}', 'A')",
}


@pytest.mark.parametrize("name", ODD)
def test_a_name_that_only_a_run_can_tell_is_told(name: str, tmp_path: Path) -> None:
    metrics, (remark,) = found(tmp_path, f"from prometheus_client import Counter\n{ODD[name]}\n")
    assert metrics == {}
    assert "whose name is no literal" in remark


def test_two_ways_to_create_one_metric_are_told(tmp_path: Path) -> None:
    calls = [f"Counter('a', 'A', ['{label}'])\n" for label in "xyx"]
    source = f"from prometheus_client import *\n{''.join(calls)}"
    metrics, remarks = found(tmp_path, source)
    assert metrics["a_total"].label_names == ("x",)
    assert remarks == ["a_total is created in two ways, at metrics.py:2 and at metrics.py:3: the first is declared"]


def test_folders_of_others_are_left_out_and_a_huge_tree_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "from prometheus_client import Counter\nCounter('{}', 'A')\n"
    for folder in (".hidden", "node_modules/x", "env", "app/deep"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "m.py").write_text(source.format(f"in_{folder.strip('.').split('/')[0]}"))
    (tmp_path / "env/pyvenv.cfg").touch()
    (tmp_path / "app/loop").symlink_to(tmp_path)
    assert {each.name for each in found_in_code(str(tmp_path)).metrics} == {"in_app_total"}

    for number in range(20):
        (tmp_path / f"f{number:02}.py").write_text(source.format(f"f{number:02}"))
    monkeypatch.setattr(files, "MAX_FILES", 10)
    bounded = found_in_code(str(tmp_path))
    assert len(bounded.metrics) == 10
    assert "more than 10 Python files" in bounded.remarks[-1]
    monkeypatch.setattr(files, "MAX_BYTES", 40)
    assert "larger than 40 bytes" in found_in_code(str(tmp_path)).remarks[0]


def test_what_is_not_there_or_holds_nothing_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        found_in_code(str(tmp_path / "none"))
    with pytest.raises(UserError, match="no Python file"):
        found_in_code(str(tmp_path))
    (tmp_path / "a.py").write_text("x = 1\n")
    done = metricloom(tmp_path, "init", "--from-code", "a.py")
    assert (done.returncode, "there is no metric" in done.stderr) == (2, True)
