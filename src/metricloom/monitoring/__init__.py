"""What a service measures: labels, metrics, their units, the operations that change them, and prices."""
