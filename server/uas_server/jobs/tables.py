"""The tables. Times are whole milliseconds since the epoch (`_ms`), lengths seconds (`_s`)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

schema_version = Table(
    "schema_version",
    metadata,
    Column("version", Integer, nullable=False),
    Column("owner_salt", String(64), nullable=False),
)
"""One row: which tables these are, and the salt of the owners' digests."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("key_digest", String(64)),
    Column("request_digest", String(64), nullable=False),
    Column("max_tokens", Integer, nullable=False),
    Column("words", Boolean, nullable=False),
    Column("webhook_url", Text),
    Column("audio_bytes", BigInteger, nullable=False),
    Column("audio_s", Float, nullable=False),
    Column("done_s", Float, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger),
    Column("ended_ms", BigInteger),
    Column("purge_ms", BigInteger),
    Column("worker", String(32)),
    Column("lease_ms", BigInteger, nullable=False),
    Column("fruitless", Integer, nullable=False),
    Column("error_code", String(64)),
    Column("error_message", Text),
    Column("error_param", String(64)),
    Column("result", Text),
    UniqueConstraint("owner", "key_digest", name="jobs_key"),
    Index("jobs_owned", "owner", "created_ms", "id"),
    Index("jobs_open", "status", "lease_ms"),
)
"""A row per job. `worker` holds it until `lease_ms`; `fruitless` counts the times it was taken up
since its last finished window; it is deleted after `purge_ms`."""

windows = Table(
    "windows",
    metadata,
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("record", Text, nullable=False),
)
"""A row per finished window of a job that runs."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("delivery_id", String(40), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_ms", BigInteger, nullable=False, index=True),
)
"""A row per webhook that is still to be sent."""
