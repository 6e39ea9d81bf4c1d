"""The registry that ships with metricloom: a content-creation platform's. Copy it to write your own."""

from metricloom import Registry
from metricloom.content_platform.board import DASHBOARD
from metricloom.content_platform.content import content
from metricloom.content_platform.costs import costs
from metricloom.content_platform.dollars import SCRAPE
from metricloom.content_platform.llm import llm
from metricloom.content_platform.retention import retention
from metricloom.content_platform.storage import storage
from metricloom.content_platform.targets import targets

REGISTRY = Registry(
    "content_platform",
    title="Content platform",
    subsystems=[llm, storage, content, costs, retention, targets],
    dashboards=[DASHBOARD],
    scrape_interval=f"{SCRAPE}s",
    target={"job": "content-platform"},
    docs_url="https://docs.example.com/content-platform/monitoring",  # where your team reads docs/monitoring.md
)
