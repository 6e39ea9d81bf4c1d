"""`metricloom init`: whatever it is given, what it writes loads, generates, and is what the page shows."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from metricloom.adoption.from_page import found_on
from metricloom.adoption.model import Findings
from metricloom.adoption.registry import registry_text
from metricloom.errors import Severity
from metricloom.exposition.page import read_page
from metricloom.exposition.verify import verified
from metricloom.pipeline import Bundle
from metricloom.registry.load import load
from metricloom.registry.registry import Registry
from tests.command_line import metricloom
from tests.test_verify import PAGE

RUFF = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "120", "--check", "-"]


def written(page: str) -> str:
    return registry_text(found_on(read_page(page)), "a page").text


def loaded(text: str) -> Registry:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "registry.py")
        file.write_text(text, encoding="utf-8")
        return load(str(file))


def differences(page: str, registry: Registry) -> list[str]:
    """Return the errors of the page beside the registry, but for those that no registry can mend."""
    problems = verified(read_page(page, "page"), registry, "page").problems
    errors = [each for each in problems if each.severity is Severity.ERROR and not each.code.startswith("E")]
    return [each.message for each in errors if "Prometheus itself stores" not in each.message]


def assert_sound(page: str) -> str:
    """Assert all that must hold of the registry of a page; return its text."""
    text = written(page)
    assert text == written(page)
    registry = loaded(text)
    bundle = Bundle(registry, Path())
    assert [each.message for each in bundle.problems() if each.severity is Severity.ERROR] == []
    for artifact in bundle.artifacts():
        if artifact.path.suffix == ".py":
            compile(artifact.content, str(artifact.path), "exec")
    assert differences(page, registry) == []
    return text


def assert_formatted(text: str) -> None:
    done = subprocess.run(RUFF, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- any page ---------------------------------------------------------------------------------------

NAMES = st.one_of(
    st.sampled_from(
        [
            *("a", "a_total", "a_created", "a_bucket", "a_sum", "a_count", "a_info", "_", "_total", "__x", "A", "a:b"),
            *("class", "class_total", "print", "ml", "REGISTRY", "general", "general_a", "a_general", "metrics", "up"),
            *("a_ms", "a_seconds", "a_seconds_total", "a_timestamp_seconds", "a_last_success_timestamp_seconds"),
            *("jobs_total", "jobs_failed_total", "job_errors_total", "app_ok_success", "a.b", "1a", "ä", "a b", '"\\'),
            *(
                "process_x",
                "reset",
                "time",
                "self_total",
                "x_reset",
                "value",
                "amount",
            ),
        ]
    ),
    st.from_regex(r"(app|web)_[a-c]_(total|seconds|bytes|x)", fullmatch=True),
)
LABELS = st.sampled_from(
    ["a", "b", "class", "le", "quantile", "job", "instance", "self", "value", "A", "__x", "id", "ä.b", "number", "time"]
)
TEXTS = st.one_of(
    st.sampled_from(
        ["", "x", "200", "404", "other", "unknown", '"""', "\\", "\n# x", "${a}", "{{ x }}", "$value", "%"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
TYPES = st.sampled_from(["counter", "gauge", "histogram", "summary", "untyped", "", "info", "stateset", "unknown"])


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@st.composite
def families(draw: st.DrawFn) -> str:
    """Return the lines of one family, as odd as a page can hold them."""
    name, kind = draw(NAMES), draw(TYPES)
    bare = re.fullmatch(r"[A-Za-z_:][A-Za-z0-9_:]*", name)
    shown = name if bare else quoted(name)
    help_text = draw(TEXTS).replace("\\", "\\\\").replace("\n", "\\n").replace("\r", " ")
    lines = [f"# HELP {shown} {help_text}"] if draw(st.booleans()) else []
    lines += [f"# TYPE {shown} {kind}"] if kind else []
    lines += [
        f"# UNIT {shown} {draw(st.sampled_from(['seconds', 'bytes', 'ms', 'ratio', 'Things', 'ä', 'items']))}"
    ] * (draw(st.integers(0, 5)) == 0)
    names = draw(st.lists(LABELS, max_size=3, unique=True))
    for _ in range(draw(st.integers(0, 3))):
        labels = {label: draw(TEXTS) for label in names}
        lines += samples(name, kind, labels, draw(st.sampled_from(["0", "1", "NaN", "+Inf", "-5", "1.7e9"])))
    return "".join(f"{line}\n" for line in lines)


def samples(name: str, kind: str, labels: dict[str, str], value: str) -> list[str]:
    if kind == "histogram":
        bounds = [{**labels, "le": bound} for bound in ("0.5", "1e3", "+Inf")]
        buckets = [sample(f"{name}_bucket", each, value) for each in bounds]
        return [*buckets, sample(f"{name}_sum", labels, value), sample(f"{name}_count", labels, value)]
    if kind == "summary":
        return [sample(name, {**labels, "quantile": "0.5"}, value), sample(f"{name}_sum", labels, value)]
    return [sample(f"{name}_info" if kind == "info" else name, labels, value)]


def sample(name: str, labels: dict[str, str], value: str) -> str:
    bare = re.fullmatch(r"[A-Za-z_:][A-Za-z0-9_:]*", name)
    said = [f"{label if label.isidentifier() and label.isascii() else quoted(label)}={quoted(text)}"
            for label, text in labels.items()]  # fmt: skip
    return f"{name}{{{','.join(said)}}} {value}" if bare else f"{{{','.join([quoted(name), *said])}}} {value}"


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(families(), max_size=8))
def test_of_any_page_a_registry_is_written_that_loads_generates_and_verifies(parts: list[str]) -> None:
    page = "".join(parts)
    assume(all(each.code != "E102" for each in read_page(page).problems))  # of two types one only can be declared
    assert_sound(page)


@settings(deadline=None, max_examples=25)
@given(st.lists(families(), min_size=3, max_size=8))
def test_what_is_written_is_as_a_formatter_leaves_it(parts: list[str]) -> None:
    assert_formatted(written("".join(parts)))


def test_a_long_help_text_and_a_hostile_one_stay_within_the_lines() -> None:
    words = "It counts what there is to be counted of all that was ever begun, and is neither ended nor left. " * 4
    hostile = '""" \' \\ \u202e \x1b[31m {x} ' + "ä" * 300
    page = "".join(f"# HELP app_{n}_total {text}\n# TYPE app_{n}_total counter\napp_{n}_total 1\n"
                   for n, text in enumerate([words, hostile.replace("\\", "\\\\")]))  # fmt: skip
    text = assert_sound(page)
    assert_formatted(text)
    assert max(map(len, text.splitlines())) <= 120
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_ten_thousand_families_are_grouped_and_written() -> None:
    page = "".join(
        f"# HELP part{n % 100}_thing_{n}_total Things\n# TYPE part{n % 100}_thing_{n}_total counter\n"
        f'part{n % 100}_thing_{n}_total{{kind="a"}} 1\n'
        for n in range(10_000)
    )
    result = registry_text(found_on(read_page(page)), "a page")
    assert (result.metrics, result.subsystems) == (10_000, 31)
    registry = loaded(result.text)
    assert differences(page, registry) == []
    assert sum(len(part.panels) for part in registry.subsystems) == 31 * 8


# --- what a person finds in it ----------------------------------------------------------------------


def test_metrics_are_declared_as_a_person_would() -> None:
    text = assert_sound(PAGE)
    assert 'KIND = ml.Label("kind", "Kind", values=["page", "other"], max_values=10)\n' in text
    assert '# Seen: "/", "/a"\nROUTE = ml.Label("route", "Route", max_values=10)\n' in text
    assert 'ml.Counter("app_requests_total", "Requests that ended", labels=[ROUTE, KIND])' in text
    assert "buckets=(0.1, 1)" in text
    assert "process_open_fds" not in text
    assert "app_requests_created" not in text


SHOP = """\
# HELP shop_orders_total Orders taken
# TYPE shop_orders_total counter
shop_orders_total{kind="book"} 9
# HELP shop_orders_failed_total Orders that failed
# TYPE shop_orders_failed_total counter
shop_orders_failed_total{kind="book"} 1
# HELP shop_backup_last_success_timestamp_seconds When the last backup ended
# TYPE shop_backup_last_success_timestamp_seconds gauge
shop_backup_last_success_timestamp_seconds 1.7e9
# HELP shop_config_last_reload_successful Whether the last reload succeeded
# TYPE shop_config_last_reload_successful gauge
shop_config_last_reload_successful 1
# HELP shop_latency_ms Latency
# TYPE shop_latency_ms summary
shop_latency_ms{quantile="0.5"} 1
shop_latency_ms_sum 1
shop_latency_ms_count 1
# TYPE shop_Visits untyped
shop_Visits 4
"""


def test_failures_are_a_part_of_what_their_name_says_and_no_number_is_guessed(tmp_path: Path) -> None:
    text = assert_sound(SHOP)
    assert max(map(len, text.splitlines())) <= 120
    assert_formatted(text)
    assert "subset_of=ORDERS" in text
    assert "ml.ratio(ORDERS_FAILED, ORDERS)" in text
    assert "ml.time_since(BACKUP_LAST_SUCCESS_TIMESTAMP_SECONDS)" in text
    registry = loaded(text)
    assert [alert.name for alert in registry.alerts] == ["ShopConfigLastReloadSuccessfulIsZero"]
    (tmp_path / "registry.py").write_text(text)
    tested = metricloom(tmp_path, "test", "registry.py")
    assert (tested.returncode, "2 examples" in tested.stdout) == (0, True)


def test_what_is_proposed_in_comments_works_once_it_has_a_number(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^        # (?!How)", "        ", assert_sound(SHOP)).replace(
        "Threshold(TODO)", "Threshold(0.2)"
    )
    (tmp_path / "registry.py").write_text(text)
    registry = load(str(tmp_path / "registry.py"))
    assert [alert.name for alert in registry.alerts] == [
        "HighShopOrdersFailureRatio",
        "ShopBackupLastSuccessTooOld",
        "ShopConfigLastReloadSuccessfulIsZero",
    ]
    checked = metricloom(tmp_path, "check", "registry.py")
    assert (checked.returncode, checked.stdout) == (0, "no problems\n")
    tested = metricloom(tmp_path, "test", "registry.py")
    assert (tested.returncode, "6 examples, 0 failures" in tested.stdout) == (0, True)


def test_what_a_registry_refuses_is_external_with_the_reason() -> None:
    text = assert_sound(SHOP)
    assert "# shop_latency_ms: a summary: quantiles of several replicas can't be put together" in text
    assert 'ml.External("shop_latency_ms", "Latency", labels=["quantile"], of_service=True)' in text
    assert "# shop_Visits: it has no type" in text
    assert "shop_latency_ms_sum" in {external.name for external in loaded(text).externals}


def test_labels_of_one_name_and_another_meaning_are_two() -> None:
    page = "".join(
        f'# HELP {group}_{n}_total Things\n# TYPE {group}_{n}_total counter\n{group}_{n}_total{{kind="{kind}"}} 1\n'
        for group, kind in (("web", "page"), ("db", "select"), ("cache", "page"))
        for n in range(3)
    )
    text = assert_sound(page)
    assert text.count("ml.Label(") == 2
    assert 'DB_KIND = ml.Label("kind", "Kind", values=["select"], max_values=10)' in text


def test_of_nothing_no_registry_is_made_but_what_is_known_of_one() -> None:
    assert loaded(registry_text(Findings(), "nothing").text).families == ()


# Found by trying many pages.
ODD_PAGES = {
    "a counter under both names, without series": "# TYPE a counter\n# TYPE a_total counter\n# UNIT a_total bytes\n",
    "a counter under both names, with one": "# TYPE a_total counter\n# TYPE a counter\na 0\n",
    "a unit that is not the name's": "# TYPE a_timestamp_seconds gauge\n# UNIT a_timestamp_seconds ms\n",
    "a unit that is no word": "# TYPE a counter\n# UNIT a Things\n",
    "a summary that ends as a part of one": '# TYPE a_bucket summary\na_bucket{quantile="0.5"} 0\na_bucket_sum 0\n',
    "a counter that ends as a time": "# TYPE a_created counter\na_created 0\n",
    "a histogram without any bucket": "# TYPE a histogram\na 0\n",
    "a name without a word": "# TYPE _ gauge\n_ 1\n",
    "labels that take the names of arguments": '# TYPE a counter\na_total{value="",number="",amount=""} 0\n# EOF\n',
}


@pytest.mark.parametrize("name", ODD_PAGES)
def test_an_odd_page_is_no_trap(name: str) -> None:
    assert_sound(ODD_PAGES[name])


@pytest.mark.parametrize("kind", ["counter", "gauge", "histogram"])
def test_a_family_without_series_is_declared_and_its_page_verifies(kind: str) -> None:
    assert_sound(f"# HELP app_things A thing\n# TYPE app_things {kind}\n")


def test_what_the_generated_module_counts_by_itself_is_not_declared() -> None:
    dropped = "# HELP instrumentation_dropped_total What\n# TYPE instrumentation_dropped_total counter\n"
    assert "dropped" not in written(dropped + "# TYPE a_total counter\na_total 1\n")
