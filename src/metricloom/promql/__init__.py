"""PromQL: reading it, rewriting it, and the type of an expression."""
