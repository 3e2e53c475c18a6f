"""One JSON object per log line, made of named values and never of a message with content in it.

Our own records carry fields (`event`); records of libraries keep their text, but the text and
trace of an exception are dropped, since they may quote what a caller sent.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import PurePath

_FIELDS = "uas_fields"
_FRAMES = 8


def event(logger: logging.Logger, level: int, name: str, **fields: object) -> None:
    """Log an event with its fields; those that are None are left out."""
    given = {key: value for key, value in fields.items() if value is not None}
    logger.log(level, name, extra={_FIELDS: given})


def unexpected(logger: logging.Logger, error: Exception, request_id: str) -> None:
    """Log the type of an exception and where it was raised, never its text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames[-_FRAMES:]]
    event(
        logger,
        logging.ERROR,
        "unexpected",
        request_id=request_id,
        error=type(error).__name__,
        raised_at=places,
    )


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, event, and the event's fields."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        line |= getattr(record, _FIELDS, {})
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str) -> None:
    """Send the logs of this process to standard error as JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
