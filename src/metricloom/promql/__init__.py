"""PromQL: queries, the shapes that build them, reading and rewriting their text, and their types."""
