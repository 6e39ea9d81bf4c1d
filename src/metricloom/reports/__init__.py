"""What is done with problems once they are found: some are hidden, the rest are shown, and an exit code follows.

`suppression` hides what a comment excuses, `baseline` what was known before, `selection` what nobody asked for;
`formats` renders the rest; `options` gives all of it to a verb of the command line.
"""
