"""Recording rules, alerts, their thresholds, and the examples that prove them."""
