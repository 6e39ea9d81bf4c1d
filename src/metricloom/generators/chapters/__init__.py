"""What the chapters of the guide say, as Markdown that the template only has to put in its place."""
