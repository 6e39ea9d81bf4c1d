"""Edits of a registry, each with the changes that must be told and what they must reach."""

from __future__ import annotations

from tests.impact_cases_alerts import OF_ALERTS
from tests.impact_cases_boards import OF_BOARDS
from tests.impact_cases_calls import OF_CALLS
from tests.impact_cases_labels import OF_LABELS
from tests.impact_cases_metrics import OF_METRICS
from tests.impact_cases_records import OF_RECORDS
from tests.impact_cases_registry import OF_REGISTRY

CASES = (*OF_METRICS, *OF_LABELS, *OF_CALLS, *OF_RECORDS, *OF_ALERTS, *OF_BOARDS, *OF_REGISTRY)
