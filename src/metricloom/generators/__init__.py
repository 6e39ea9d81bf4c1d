"""One module for each kind of artifact: a resolved registry in, artifacts out."""
