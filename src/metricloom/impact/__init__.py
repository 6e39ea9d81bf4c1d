"""What changed between two registries, and what each change breaks or alters: `metricloom diff`.

Two documents, as `registry.json` holds them, are compared kind by kind (`compare`), and each change is followed through
the records to all that reads it (`follow`).
"""
