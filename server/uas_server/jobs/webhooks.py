"""Tells whoever asked for it that a job has ended: signed, tried again, and never lost.

The signature is that of Standard Webhooks (www.standardwebhooks.com): HMAC-SHA256 over
`id.timestamp.body`, so that existing libraries verify it and an old message cannot be sent again.
"""

import base64
import binascii
import hashlib
import hmac
import logging
import random
from urllib.parse import urlsplit

from uas_server.errors import ApiError
from uas_server.jobs import deliveries
from uas_server.jobs.clock import Clock, ms
from uas_server.jobs.database import Database
from uas_server.jobs.deliveries import Delivery
from uas_server.jobs.poster import AddressRefused, Poster, PostFailed
from uas_server.jobs.view import JobInfo
from uas_server.logs import event
from uas_server.metrics import Metrics, WebhookOutcome

_POLL_S = 1.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 5.0, 3_600.0
_HELD_S = 60.0  # a delivery under way belongs to one process for so long
_URL_CHARS = 2_048
_SECRET_PREFIX = "whsec_"  # noqa: S105 - how such secrets begin

_logger = logging.getLogger("uas_server.jobs")


def check_url(url: str, *, private: bool) -> None:
    """Refuse what no webhook goes to. Raises `ApiError` invalid_parameter."""
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or len(url) > _URL_CHARS or not url.isascii() or not url.isprintable():
        raise _refused(f"not an absolute URL of at most {_URL_CHARS} ASCII characters")
    schemes = ("https", "http") if private else ("https",)
    if parts.scheme not in schemes:
        raise _refused(f"send one that begins with {' or '.join(schemes)}")
    if parts.username is not None or parts.fragment or " " in url:
        raise _refused("send one without user, fragment and spaces")


def signed_headers(secret: str, delivery_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """The headers that go with a body."""
    signed = b".".join((delivery_id.encode(), str(at_s).encode(), body))
    digest = hmac.new(_key_of(secret), signed, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "uas-audio",
        "Webhook-Id": delivery_id,
        "Webhook-Timestamp": str(at_s),
        "Webhook-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }


class Sender:
    """Sends what is due."""

    def __init__(
        self,
        database: Database,
        poster: Poster,
        metrics: Metrics,
        clock: Clock,
        *,
        secret: str,
        tries: int,
        dice: random.Random,
    ) -> None:
        """Sign with `secret`, give up after `tries`; `dice` spread the waits."""
        self._database = database
        self._poster = poster
        self._metrics = metrics
        self._clock = clock
        self._secret = secret
        self._tries = tries
        self._dice = dice

    async def send_due(self) -> float:
        """Send one webhook, if one is due; gives the seconds until it is worth asking again."""
        return 0.0 if await self.send_one() else _POLL_S

    async def send_one(self) -> bool:
        """Send one webhook that is due; False when there is none. Raises `JobsError`."""
        now_ms = self._clock()
        delivery = await self._database.run(deliveries.take, now_ms, now_ms + ms(_HELD_S))
        if delivery is None:
            return False
        outcome = await self._outcome(delivery)
        self._metrics.webhooks.labels(outcome).inc()
        event(_logger, logging.INFO, "webhook", job=delivery.job.id, outcome=outcome)
        if outcome == "failed":
            tries = delivery.tries + 1
            due_ms = self._clock() + ms(self._wait_s(tries))
            await self._database.run(deliveries.try_again, delivery.job.id, tries, due_ms)
        else:
            await self._database.run(deliveries.done, delivery.job.id)
        return True

    async def _outcome(self, delivery: Delivery) -> WebhookOutcome:
        url = delivery.job.webhook_url
        if url is None:
            raise RuntimeError("a webhook without a URL was scheduled")
        body = JobInfo.of(delivery.job).model_dump_json().encode()
        at_s = self._clock() // 1_000
        headers = signed_headers(self._secret, delivery.delivery_id, at_s, body)
        try:
            status = await self._poster.post(url, body, headers)
        except AddressRefused:
            return "refused"
        except PostFailed:
            status = 0
        if 200 <= status < 300:
            return "delivered"
        return "given_up" if delivery.tries + 1 >= self._tries else "failed"

    def _wait_s(self, tries: int) -> float:
        """Twice as long each time, and by chance between half and one and a half of it."""
        wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** (tries - 1))
        return wait_s * self._dice.uniform(0.5, 1.5)


def _key_of(secret: str) -> bytes:
    """A secret in the form of Standard Webhooks is base64; any other is its own bytes."""
    if secret.startswith(_SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def _refused(reason: str) -> ApiError:
    return ApiError("invalid_parameter", f"webhook_url: {reason}.", param="webhook_url")
