"""Metrics of Http service."""
