"""Which checks run and where their thresholds lie."""

from uas_schema.strict import Strict


class ValidationConfig(Strict):
    """Checks that are left out, by name; the rest runs."""

    skip: tuple[str, ...] = ()
