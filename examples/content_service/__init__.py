"""A content service that works for real on a laptop, and is measured by the module that metricloom generated."""
