"""What the transcript alone tells of a clip, so that questions can be balanced beside it.

Knows nothing of questions.
"""

from uas_schema.records import Record

# Language and corpus of the speech. Corpora differ in what is said and in who says it, so a
# sentence tells its corpus, and the corpus the accents and ages that it has.
Told = tuple[str, str]
NOBODY: Told = ("", "")  # no transcript


def told_by_text(record: Record) -> Told:
    """The clips that read alike; of a mixture ("calls+rain") the speech is named first."""
    if not record.document.has_voice:
        return NOBODY
    return record.language, record.corpus.partition("+")[0]
