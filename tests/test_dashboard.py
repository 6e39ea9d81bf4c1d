"""Dashboards: what is generated meets the checklist, says what was declared, and stays when something is inserted."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metricloom.dashboards import Dashboard, FiringAlerts, Panel, Row, Stat, Table, Text, TimeSeries
from metricloom.generators.dashboard import render
from metricloom.generators.provisioning import render as render_provisioning
from metricloom.promql.query import Expression, Query
from metricloom.promql.shapes import increase, rate, ratio
from metricloom.registry.expand import rule_text
from metricloom.registry.overrides import for_site
from metricloom.registry.registry import Registry
from metricloom.registry.site import Site
from metricloom.rules.thresholds import Condition, Threshold
from tests.dashboard_checklist import failures, subject_of
from tests.dashboard_registry import (
    ABOUT,
    BAND,
    CALLING,
    CALLS,
    DOLLARS,
    FAILURES,
    MODEL,
    NOTE,
    REGISTRY,
    STORING,
    alert,
)
from tests.dashboard_rewrites import rewrites

Json = dict[str, Any]


def with_panels(*panels: Panel) -> Registry:
    calls, *others = REGISTRY.subsystems
    return replace(REGISTRY, subsystems=[replace(calls, panels=panels), *others])


def board(registry: Registry = REGISTRY) -> Json:
    found: Json = json.loads(render(registry)[0].text)
    return found


def panel(title: str, registry: Registry = REGISTRY) -> Json:
    return next(each for each in board(registry)["panels"] if each["title"] == title)


def queries(title: str, registry: Registry = REGISTRY) -> list[str]:
    return [target["expr"] for target in panel(title, registry)["targets"]]


def test_the_registry_of_these_tests_is_sound() -> None:
    assert [*REGISTRY.problems()] == []


def test_a_generated_dashboard_meets_all_points_of_the_checklist() -> None:
    text, again = (render(REGISTRY)[0].text for _ in range(2))
    assert failures(subject_of(REGISTRY, REGISTRY.dashboards[0], text, again)) == {}


def test_grafana_has_nothing_to_rewrite_on_import() -> None:
    assert rewrites(board()) == []


def test_panels_are_hashed_so_that_an_insertion_renumbers_no_other() -> None:
    before = {each["title"]: each["id"] for each in board()["panels"]}
    more = with_panels(Stat("New", rate(CALLS), ABOUT), *CALLING)
    after = {each["title"]: each["id"] for each in board(more)["panels"]}
    assert {title: after[title] for title in before} == before


def test_stats_stand_before_trends_before_tables_and_fill_the_grid() -> None:
    titles = [each["title"] for each in board()["panels"]]
    row = board()["panels"][titles.index("Calls") + 1 : titles.index("Store & costs")]
    places = [(each["type"], each["gridPos"]["w"]) for each in row]
    assert places == [
        ("stat", 12),
        ("stat", 12),
        ("timeseries", 8),
        ("timeseries", 8),
        ("timeseries", 8),
        ("table", 24),
    ]


def test_a_selector_follows_the_variables_whose_labels_its_series_has() -> None:
    identity = 'cluster=~"$cluster",namespace=~"$namespace",job=~"$job"'
    assert queries("Calls by model") == [
        f'sum by (model) (rate(calls_total{{{identity},model=~"$model"}}[$__rate_interval]))'
    ]
    assert queries("Written") == [f"sum(rate(written_bytes_total{{{identity}}}[$__rate_interval]))"]
    assert queries("Spent") == ["sum(increase(cost_dollars_total[24h])) > -Inf"]


def test_unit_bounds_and_legend_follow_from_the_type_of_the_query() -> None:
    found = {
        title: [panel(title)["fieldConfig"]["defaults"].get(key) for key in ("unit", "min", "max")]
        for title in ("Calls by model", "Duration by model", "Error rate", "Written", "Held", "Spent", "Last clean-up")
    }
    assert found == {
        "Calls by model": ["cps", 0, None],
        "Duration by model": ["s", 0, None],
        "Error rate": ["percentunit", 0, 1],
        "Written": ["Bps", 0, None],
        "Held": ["decbytes", 0, None],
        "Spent": ["currencyUSD", 0, None],
        "Last clean-up": ["dateTimeFromNow", None, None],
    }
    assert [target["legendFormat"] for target in panel("Duration by model")["targets"]] == [
        "p50 {{model}}",
        "p95 {{model}}",
    ]


def test_a_panel_draws_the_thresholds_of_its_alerts_and_links_their_runbooks() -> None:
    steps = panel("Error rate")["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [(step["color"], step["value"]) for step in steps] == [("green", 0), ("orange", 0.1), ("red", 0.5)]
    assert "HighErrorRate fires above 10% (large: 20%)" in panel("Error rate")["description"]
    assert [link["url"] for link in panel("Duration by model")["links"]] == [
        "https://docs.example.org/monitoring#slowcalls"
    ]


def test_a_panel_of_successes_draws_the_complement_of_the_threshold_of_failures() -> None:
    steps = panel("Success rate")["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [(step["color"], step["value"]) for step in steps] == [("orange", 0), ("green", 0.9)]
    assert "HighErrorRate fires below 90% (large: 80%)" in panel("Success rate")["description"]


def with_alert(condition: Condition, query: Expression) -> Registry:
    """Return the registry with one more alert, and one panel, which it watches."""
    calls, *others = REGISTRY.subsystems
    shown = Stat("Watched", query, ABOUT, alert="Added")
    return replace(REGISTRY, subsystems=[replace(calls, alerts=[alert("Added", condition)], panels=[shown]), *others])


SHARE_OF_BUDGET = Query(f"{increase(DOLLARS, window='24h')} / 100", unit="ratio")


def test_a_panel_draws_no_threshold_of_an_alert_that_compares_something_else_and_links_its_runbook() -> None:
    registry = with_alert(Condition(SHARE_OF_BUDGET, ">", Threshold(1)), increase(DOLLARS, window="24h"))
    found = panel("Watched", registry)
    assert found["fieldConfig"]["defaults"]["thresholds"]["steps"] == [{"color": "blue", "value": 0}]
    assert found["description"] == ABOUT
    assert [link["title"] for link in found["links"]] == ["Runbook: Added"]


def test_a_panel_draws_the_threshold_where_its_query_declares_the_unit_that_the_alert_compares() -> None:
    found = panel("Watched", with_alert(Condition(SHARE_OF_BUDGET, ">", Threshold(1)), SHARE_OF_BUDGET))
    assert [step["value"] for step in found["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [0, 1]
    assert "Alert Added fires above 100%" in found["description"]


def test_the_checklist_sees_a_share_drawn_among_dollars() -> None:
    found = board()
    spent = next(each for each in found["panels"] if each["title"] == "Spent")
    spent["fieldConfig"]["defaults"]["thresholds"]["steps"].append({"color": "orange", "value": 0.1})
    text = json.dumps(found)
    assert failures(subject_of(REGISTRY, REGISTRY.dashboards[0], text, text)) == {22: ["Spent: 0.1"]}
    spent["description"] += "\n\nAlert HighErrorRate fires above 10%, held for 5m."
    spent["links"] = panel("Error rate")["links"]
    text = json.dumps(found)
    assert failures(subject_of(REGISTRY, REGISTRY.dashboards[0], text, text)) == {
        22: ["Spent shows currencyUSD, HighErrorRate compares percentunit"]
    }


def test_a_panel_may_keep_deployments_apart() -> None:
    each = with_panels(TimeSeries("Best", f"max(sum by ($deployment) ({CALLS}) / sum by ($identity) ({CALLS}))", ABOUT))
    selected = 'calls_total{cluster=~"$cluster",namespace=~"$namespace",job=~"$job",model=~"$model"}'
    assert queries("Best", each) == [f"max(sum by (cluster, namespace, job) ({selected}) / sum({selected}))"]
    assert rule_text(each, f"sum by ($deployment, model) ({CALLS})") == (
        "sum by (cluster, namespace, job, model) (calls_total)"
    )


def test_a_site_changes_thresholds_and_scope_and_has_its_own_uid() -> None:
    site = for_site(REGISTRY, Site("eu", scope='job=~"content-.*"', thresholds={"HighErrorRate": 0.3}, off=["Outage"]))
    steps = panel("Error rate", site)["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [0, 0.3]
    assert queries("Spent", site) == ['sum(increase(cost_dollars_total{job=~"content-.*"}[24h])) > -Inf']
    assert board(site)["uid"] == "calling-eu"
    assert failures(subject_of(site, site.dashboards[0], *(render(site)[0].text for _ in range(2)))) == {}


def test_a_site_that_renames_renames_in_queries_variables_and_columns() -> None:
    site = for_site(REGISTRY, Site("old", rename={"model": "llm", "calls_total": "requests_total"}))
    assert queries("Calls by model", site)[0].startswith("sum by (llm) (rate(requests_total{")
    assert board(site)["templating"]["list"][-1]["name"] == "llm"
    assert "alertname, llm, cluster" in queries("Alerts firing", site)[0]


def test_numbers_that_are_none_leave_room_for_the_text_that_says_so() -> None:
    assert queries("Error rate")[0].endswith("> -Inf")
    either = with_panels(Stat("Either", f"{ratio(FAILURES, CALLS)} or vector(0)", ABOUT))
    assert queries("Either", either)[0].startswith("((sum(")
    assert queries("Either", either)[0].endswith("or vector(0)) > -Inf")


def test_the_alerts_table_tells_since_when_and_links_the_runbook() -> None:
    found = panel("Alerts firing")
    assert "ALERTS_FOR_STATE" in found["targets"][0]["expr"]
    names = found["transformations"][-1]["options"]["renameByName"]
    assert {"Severity", "Alert", "Model", "Since", "Runbook"} <= set(names.values())
    links = [
        each
        for override in found["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == "links"
    ]
    assert links[0]["value"][0]["url"] == "https://docs.example.org/monitoring#${__value.text}"


def test_colours_that_mean_something_are_fixed() -> None:
    overrides = panel("Calls by outcome")["fieldConfig"]["overrides"]
    assert [each["matcher"]["options"] for each in overrides] == ["/\\bok$/", "/\\btimeout$/"]
    assert [each["properties"][0]["value"]["fixedColor"] for each in overrides] == ["green", "orange"]


def test_without_declared_dashboards_the_subsystems_make_up_one() -> None:
    plain = board(replace(REGISTRY, dashboards=[]))
    assert (plain["title"], plain["uid"]) == ("Calling", "calling")
    assert [each["title"] for each in plain["panels"] if each["type"] == "row"] == ["Calls", "Store & costs"]


def test_a_registry_without_panels_has_no_dashboard() -> None:
    bare = replace(REGISTRY, dashboards=[], subsystems=[replace(part, panels=[]) for part in REGISTRY.subsystems])
    assert render(bare) == []


@pytest.mark.parametrize("title", ["Cost of $model", "Cost of ${model:regex}", "Cost of [[job]]", "At $__from"])
def test_a_title_that_grafana_would_change_is_refused_at_its_place(title: str) -> None:
    wrong = Stat(title, rate(CALLS), ABOUT)
    assert [(problem.code, problem.at) for problem in with_panels(wrong).problems()] == [("D915", wrong.at)]


def test_dollars_before_other_words_stay_and_in_descriptions_they_all_do() -> None:
    words = 'US$5 of $other, "quoted" {{ braces }} \\ and'
    registry = with_panels(Stat(words, rate(CALLS), f"{words} $model"), NOTE)
    assert panel(words, registry)["description"] == f"{words} &#36;model"
    assert panel("Note", registry)["options"]["content"] == "Costs **less** than &#36;model suggests."


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@settings(max_examples=30)
@given(ANY_TEXT, ANY_TEXT)
def test_any_text_is_shown_as_it_was_written(title: str, description: str) -> None:
    wrong = Stat(title, rate(CALLS), description)
    assume(not wrong.faults and "$__" not in title)
    shown = panel(title, with_panels(wrong))["description"]
    assert shown.replace("&#36;", "$").replace("&#91;", "[") == description.replace("&#36;", "$").replace("&#91;", "[")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (Stat("", "up", ABOUT), "D910"),
        (Stat("x" * 61, "up", ABOUT), "D910"),
        (Stat("x", {}, ABOUT), "D911"),
        (Stat("x", "up"), "D912"),
        (FiringAlerts("x"), "D912"),
        (Stat("x", "up", ABOUT, time_from="a week"), "D913"),
        (Table("x", {"a": "up"}, ABOUT, sort_by="b"), "D914"),
        (Stat("x", {"a": "up"}, ABOUT, units={"b": "s"}), "D914"),
        (Stat("x", 5, ABOUT), "M120"),  # type: ignore[arg-type]
        (Text(5), "M120"),  # type: ignore[arg-type]
        (TimeSeries("x", rate(CALLS, by=["nope"]), ABOUT), "Q202"),
        (Dashboard("x", uid="a b"), "D916"),
        (Dashboard("x", refresh="5s"), "D917"),
        (Dashboard("x", time_from="soon"), "D920"),
        (Dashboard("x", band=[Stat(f"{number}", "up", ABOUT) for number in range(11)]), "D918"),
        (Dashboard("x", band=[Stat("same", "up", ABOUT)] * 2), "A512"),
    ],
)
def test_a_wrong_declaration_is_kept_with_its_fault(wrong: Panel | Dashboard, code: str) -> None:
    assert [fault.code for fault in wrong.faults] == [code]
    assert all(fault.at is not None and fault.at.path == __file__ and fault.hint for fault in wrong.faults)


def test_an_alert_that_a_panel_names_and_nobody_declared_is_found() -> None:
    wrong = Stat("x", rate(CALLS), ABOUT, alert="HighErorRate")
    found = [(problem.code, problem.at, problem.hint) for problem in with_panels(wrong).problems()]
    assert found == [("D919", wrong.at, "did you mean HighErrorRate?")]


def test_rows_whose_titles_grafana_would_change_are_found_once_at_their_place() -> None:
    about = [Stat(title, "up", ABOUT) for title in ("a", "b")]
    row = Row("Of $job", about)
    wrong = Dashboard("For [[cluster]]", rows=[row], variables=[MODEL])
    found = [(problem.code, problem.at) for problem in replace(REGISTRY, dashboards=[wrong]).problems()]
    assert found == [("D915", wrong.at), ("D915", row.at)]


def test_a_subsystem_with_more_panels_than_its_row_holds_is_found() -> None:
    crowd = with_panels(*(Stat(f"{number}", rate(CALLS), ABOUT) for number in range(9)))
    part = crowd.subsystems[0]
    assert [(problem.code, problem.at) for problem in crowd.problems()] == [("D918", part.at)]


def test_dashboard_faults_are_reported_beside_those_of_a_wrong_panel() -> None:
    wrong = [Stat("x", 5, ABOUT), Stat("y", rate(CALLS), ABOUT, alert="Nope")]  # type: ignore[arg-type]
    assert [problem.code for problem in with_panels(*wrong).problems()] == ["M120", "D919"]


def test_the_linter_is_told_each_exception_and_its_reason() -> None:
    exclusions = yaml.safe_load(render(REGISTRY)[-1].text)["exclusions"]
    assert set(exclusions) == {"template-instance-rule", "target-instance-rule", "target-job-rule"}
    assert [entry["panel"] for entry in exclusions["target-job-rule"]["entries"]] == ["Spent"]
    assert all(entry["reason"] for rule in exclusions.values() for entry in rule["entries"])


def test_grafana_loads_datasource_and_dashboards() -> None:
    source, provider = (yaml.safe_load(artifact.text) for artifact in render_provisioning(REGISTRY))
    assert source["datasources"][0]["jsonData"]["timeInterval"] == REGISTRY.scrape_interval
    assert source["datasources"][0]["uid"]
    assert (provider["apiVersion"], len(provider["providers"])) == (1, 1)


def test_grafanalib_is_imported_only_where_a_dashboard_is_rendered() -> None:
    script = "import sys, metricloom.generators.dashboard; print('grafanalib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_panels_of_all_kinds_are_in_the_registry_of_these_tests() -> None:
    kinds = {type(each) for each in (*BAND, *CALLING, *STORING, NOTE)}
    assert kinds == {FiringAlerts, Stat, TimeSeries, Table, Text}
    assert MODEL in REGISTRY.labels
