"""What is checked, wherever it was written: in a registry, a rule file, a dashboard or a test of rules."""
