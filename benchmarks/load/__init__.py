"""Load on running servers, measured from outside: `python -m load --help`."""
