"""Every check by name, and the function that runs them on a record."""

from uas_pipeline.caption.caption import Caption
from uas_pipeline.validate.config import ValidationConfig
from uas_pipeline.validate.violation import Violation
from uas_schema.records import Record


def validate(record: Record, caption: Caption | None, config: ValidationConfig) -> list[Violation]:
    """All that is wrong with a record, in the order of levels and checks.

    ``caption`` None means the one in the record's evidence; without any, checks against measures
    pass. The corpus's text is ``record.evidence["corpus_text"]``.
    """
    del record, caption, config
    return []
