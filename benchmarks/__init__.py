"""Speed and memory, as ratios of two commands that run in turn: a machine's own speed cancels out."""
