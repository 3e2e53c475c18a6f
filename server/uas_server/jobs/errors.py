"""What can go wrong with jobs, apart from their audio and the engine.

JobsError
├── StorageFull          the disk or the database takes no more, or is read-only
├── StorageDown          the database does not answer
├── FolderTaken          the folder of recordings belongs to another database
├── SchemaTooNew         the database was written by a later version
├── IdempotencyConflict  the key was used before, for another recording or other parameters
├── LeaseLost            the job is no longer this process's: cancelled, deleted, or taken over
└── AudioMissing         the recording is not in the folder of this process

Messages may be shown to a caller; none holds a path or the text of a foreign exception.
"""


class JobsError(Exception):
    """Root of what this package raises on purpose."""


class StorageFull(JobsError):
    """Nothing more can be written."""


class StorageDown(JobsError):
    """The database does not answer."""


class FolderTaken(JobsError):
    """The recordings in the folder are another database's."""


class SchemaTooNew(JobsError):
    """The database belongs to a later version of this software."""


class IdempotencyConflict(JobsError):
    """The key stands for another request."""


class LeaseLost(JobsError):
    """Somebody else decides about the job now."""


class AudioMissing(JobsError):
    """The recording is gone."""
