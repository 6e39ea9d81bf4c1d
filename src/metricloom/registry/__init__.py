"""The registry: everything that a team declares, put together, checked as a whole, and varied by site."""
