"""A long recording as a job whose processes are killed on the way: `python -m hour_job --help`."""
