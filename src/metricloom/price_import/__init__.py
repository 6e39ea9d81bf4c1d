"""Prices of language models, imported from genai-prices into a Python file that a registry reads.

Only `catalogue` knows genai-prices, which is an extra, and nothing imports `catalogue` before a price is imported:
what is generated comes from the file alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricloom.errors import ToolError

if TYPE_CHECKING:
    from metricloom.price_import.catalogue import Catalogue


def installed_catalogue() -> Catalogue:
    """Return what the installed genai-prices knows.

    Raises:
        ToolError: it is not installed.
    """
    try:
        from metricloom.price_import.catalogue import Catalogue
    except ModuleNotFoundError as error:
        missing = (error.name or "genai_prices").partition(".")[0]  # it, or what it needs itself
        raise ToolError(
            f"prices are imported from genai-prices, and {missing} is not installed",
            "pip install 'metricloom[prices]'",
        ) from error
    return Catalogue.installed()
