"""`python -m metricloom`."""

from metricloom.cli import main

if __name__ == "__main__":
    main()
