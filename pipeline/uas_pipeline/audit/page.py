"""The page on which people listen and judge: one HTML file that needs nothing else.

Ids, texts and labels come from strangers: the template escapes all of it, the scripts only ever set
text. A Content-Security-Policy lets nothing run but the scripts of this package, by their digest,
and nothing be fetched. The page does not say how a value is known, so that nobody judges by it.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from uas_pipeline.audit.attributes import CLOSED, attribute_texts, claimed, value_of
from uas_pipeline.audit.clips import BIT_RATE, MEDIA_TYPE, PageClip
from uas_pipeline.audit.judgements import VERDICTS
from uas_pipeline.audit.sample import Sample, SampleItem
from uas_signal import SAMPLE_RATE_HZ

_TEMPLATE = "page.html.jinja"
_STYLE = "page.css"
_SCRIPTS = ("judgements.js", "player.js", "rows.js", "page.js")  # one module, in this order


def page_of(sample: Sample, clips: Sequence[PageClip]) -> str:
    """The page of a sample and the sounds of its items, in the same order."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    script = "".join(_data(name) for name in _SCRIPTS)
    style = _data(_STYLE)
    return environment.from_string(_data(_TEMPLATE)).render(
        sample=sample,
        sample_rate_hz=SAMPLE_RATE_HZ,
        bit_rate=BIT_RATE,
        # Ours, and free of what would end the element: see the tests.
        script=Markup(script),  # noqa: S704
        style=Markup(style),  # noqa: S704
        policy=_policy(script, style),
        data=_page_data(sample, clips),
        sounds=[clip.audio for clip in clips],
    )


def _data(name: str) -> str:
    return files("uas_pipeline.audit").joinpath("data", name).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; "
        "media-src blob:; base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    """An inline element as a policy names it: by its digest."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _page_data(sample: Sample, clips: Sequence[PageClip]) -> dict[str, Any]:
    """What the scripts read."""
    return {
        "sample": sample.id,
        "mediaType": MEDIA_TYPE,
        "verdicts": VERDICTS,
        "attributes": [
            {"name": name, "title": text.title, "question": text.question,
             "choices": CLOSED.get(name)}
            for name, text in attribute_texts().items()
        ],
        "items": [_item(item, clip) for item, clip in zip(sample.items, clips, strict=True)],
    }  # fmt: skip


def _item(item: SampleItem, clip: PageClip) -> dict[str, Any]:
    record = item.record
    return {
        "key": item.key,
        "corpus": record.corpus,
        "language": record.language,
        "licence": record.licence,
        "duration_s": clip.duration_s,
        "peaks": clip.peaks,
        "values": {name: value_of(record, name) for name in claimed(record)},
    }
