"""The `uas` command: sub-commands come from entry points; only the one asked for is imported."""
