"""The verbs of the command line, one file each: arguments in, one call below, an exit code out."""
