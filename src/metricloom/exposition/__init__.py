"""Pages of /metrics: fetched, read, and what they tell of the series that a service has."""
