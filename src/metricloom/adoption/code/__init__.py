"""The metrics that Python source creates with prometheus_client: read, and never run."""

from metricloom.adoption.code.files import found_in_code

__all__ = ["found_in_code"]
