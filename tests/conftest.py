"""What holds for all tests."""

from hypothesis import settings

# A timing is never a test: a loaded machine may take a second for what mostly takes a millisecond.
settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")
