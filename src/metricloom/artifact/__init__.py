"""Generated files: what they are, how they compare with a folder, and the only writer of files.

`plan` compares and touches nothing; `write` carries a plan out, whole or not at all.
"""

from metricloom.artifact.manifest import MANIFEST
from metricloom.artifact.model import Artifact
from metricloom.artifact.plan import Change, Plan, State, plan
from metricloom.artifact.write import write

__all__ = ["MANIFEST", "Artifact", "Change", "Plan", "State", "plan", "write"]
