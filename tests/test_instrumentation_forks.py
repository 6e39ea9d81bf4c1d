"""Forks of a service that uses the generated module, while its threads record what is new."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.instrumentation_bundle import http_service, run, write

SERVICE = Path(__file__).with_name("forking_service.py")
NONE_HUNG_NONE_WRONG = "0 0\n"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")


def test_200_forks_while_threads_record_hang_never_and_begin_at_zero(tmp_path: Path) -> None:
    write(http_service(), tmp_path)
    assert run(sys.executable, str(SERVICE), str(tmp_path), "200", within=tmp_path) == NONE_HUNG_NONE_WRONG


def test_forks_hang_never_where_processes_share_their_values(tmp_path: Path) -> None:
    write(http_service(), tmp_path)
    (tmp_path / "shared").mkdir()
    shared = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "shared")}
    assert run(sys.executable, str(SERVICE), str(tmp_path), "25", within=tmp_path, **shared) == NONE_HUNG_NONE_WRONG
