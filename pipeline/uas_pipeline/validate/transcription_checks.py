"""Level "transcription": the text is the corpus's, in the record's language, and nothing else."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from uas_pipeline.validate.case import Case, Check, Finding, normalised, words_of
from uas_pipeline.validate.languages import (
    base_code,
    function_words_heard,
    language_of,
    script_counts,
)
from uas_pipeline.validate.ontology_checks import MARKUP
from uas_schema.scoring import count_errors

_PATH = "transcription"
_LONGEST_PHRASE = 8  # words of a phrase that is looked for in a row
_FEWEST_LETTERS = 4
_CHARACTER_LOOP = re.compile(r"(?P<unit>\S{1,6}?)(?P=unit)+")
_BROKEN = re.compile(
    "\ufffd|[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac|[\u0000-\u0008\u000e-\u001f]"
)


def word_errors(case: Case) -> Iterable[Finding]:
    """Word errors against the corpus's text, both normalised, in languages with spaces."""
    if not case.language.spaced or _same(case):
        return ()
    said, truth = _normalised_words(case)
    if said == truth:
        return ()
    count = count_errors(truth, said)
    if count.rate <= case.config.transcription.word_error_rate:
        return ()
    message = f"{count.errors} word errors in {count.reference_length} words of the corpus's text"
    return (Finding(_PATH, message, _shown(case, "word_error_rate", count.rate)),)


def character_errors(case: Case) -> Iterable[Finding]:
    """Character errors against the corpus's text, in languages without spaces."""
    if case.language.spaced or _same(case):
        return ()
    said, truth = (
        normalised(text, case.record.language).replace(" ", "")
        for text in (case.text or "", case.corpus_text or "")
    )
    count = count_errors(truth, said)
    if count.rate <= case.config.transcription.character_error_rate:
        return ()
    message = f"{count.errors} character errors in {count.reference_length} of the corpus's text"
    return (Finding(_PATH, message, _shown(case, "character_error_rate", count.rate)),)


def span_dropped(case: Case) -> Iterable[Finding]:
    """No run of words of the corpus's text is missing."""
    return _spans(case, "delete", "words of the corpus's text are missing")


def span_invented(case: Case) -> Iterable[Finding]:
    """No run of words is there that the corpus's text does not have."""
    return _spans(case, "insert", "words are not in the corpus's text")


def text_missing(case: Case) -> Iterable[Finding]:
    """A corpus that has a text has a transcription, and one without has none."""
    if case.corpus_text is None or bool(case.corpus_text.strip()) == (case.text is not None):
        return ()
    if case.text is None:
        message = "the corpus has a text, the document no transcription"
    else:
        message = "the document has a transcription, the corpus no text"
    return (Finding(_PATH, message, {"corpus_text": case.corpus_text}),)


def no_words(case: Case) -> Iterable[Finding]:
    """A transcription holds words."""
    if case.text is None or any(char.isalnum() for char in case.text):
        return ()
    return (Finding(_PATH, f"{case.text!r} holds no word: give null", {"value": case.text}),)


def script(case: Case) -> Iterable[Finding]:
    """The letters are of the language's scripts."""
    scripts, text = case.language.scripts, case.text
    if not scripts or text is None or (text.isascii() and "Latin" in scripts):
        return ()
    counts = script_counts(text)
    letters = counts.total()
    own = sum(counts[name] for name in scripts)
    if not letters or own / letters >= case.config.transcription.script_share:
        return ()
    main = counts.most_common(1)[0][0]
    message = f"written in {main}, but {case.record.language} is written in {', '.join(scripts)}"
    return (Finding(_PATH, message, {"script": main, "own_script_ratio": own / letters}),)


def language(case: Case) -> Iterable[Finding]:
    """Function words are the language's own, not another's."""
    heard, code = function_words_heard(case.words), base_code(case.record.language)
    own = heard.count(code)
    if own == len(heard):
        return ()
    other, most = Counter(heard).most_common(1)[0]
    foreign = other != code and most >= case.config.transcription.foreign_words and most > own
    if not foreign or not language_of(case.record.language).function_words:
        return ()
    message = f"{most} words are of {other!r}, {own} of {case.record.language!r}"
    return (Finding(_PATH, message, {"language": other, "words": float(most)}),)


def word_loop(case: Case) -> Iterable[Finding]:
    """No word or phrase is said again and again, unless the corpus's text has it so."""
    words, limit = case.words, case.config.transcription.loop_repeats
    if len(words) - len(set(words)) < limit or _as_given(case):
        return ()
    phrase, repeats = _longest_loop(words)
    if repeats < limit or repeats <= _longest_loop(words_of(case.corpus_text or ""))[1]:
        return ()
    message = f"{phrase!r} is said again and again: {repeats} words repeat those before"
    return (Finding(_PATH, message, {"phrase": phrase, "words": float(repeats)}),)


def character_loop(case: Case) -> Iterable[Finding]:
    """No letters are repeated again and again, unless the corpus's text has them so."""
    limit = case.config.transcription.loop_characters
    if case.text is None or _as_given(case) or max(map(len, case.words), default=0) < limit:
        return ()
    for match in _CHARACTER_LOOP.finditer(case.text):
        if len(match[0]) - len(match["unit"]) >= limit and match[0] not in (case.corpus_text or ""):
            message = f"{match['unit']!r} is repeated for {len(match[0])} characters"
            return (Finding(_PATH, message, {"value": match[0][:40]}),)
    return ()


def text_markup(case: Case) -> Iterable[Finding]:
    """No tags, code or control tokens, unless the corpus's text has them."""
    found = MARKUP.search(case.text) if case.text else None
    if found is None or (_as_given(case) and not found[0].startswith("<|")):
        return ()
    return (Finding(_PATH, f"{found[0]!r} is markup, not speech", {"value": found[0]}),)


def broken_text(case: Case) -> Iterable[Finding]:
    """No broken encoding: replacement characters, UTF-8 read as Latin-1, control characters."""
    if case.text is None or case.text.isascii() or (found := _BROKEN.search(case.text)) is None:
        return ()
    return (Finding(_PATH, f"{found[0]!r} is broken text: mend its encoding", {"value": found[0]}),)


TRANSCRIPTION_CHECKS: dict[str, Check] = {
    "word_errors": word_errors,
    "character_errors": character_errors,
    "span_dropped": span_dropped,
    "span_invented": span_invented,
    "text_missing": text_missing,
    "no_words": no_words,
    "script": script,
    "language": language,
    "word_loop": word_loop,
    "character_loop": character_loop,
    "text_markup": text_markup,
    "broken_text": broken_text,
}


def _same(case: Case) -> bool:
    """Nothing to compare: the texts are equal, or one of them is not there."""
    return case.text is None or case.corpus_text is None or case.text == case.corpus_text


def _as_given(case: Case) -> bool:
    """Whether the text is the corpus's own, so that its oddities are the corpus's."""
    return case.text == case.corpus_text


def _shown(case: Case, name: str, rate: float) -> dict[str, float | str]:
    return {name: round(rate, 4), "corpus_text": case.corpus_text or ""}


def _normalised_words(case: Case) -> tuple[list[str], list[str]]:
    language = case.record.language
    return (
        normalised(case.text or "", language).split(),
        normalised(case.corpus_text or "", language).split(),
    )


def _spans(case: Case, kind: str, what: str) -> Iterator[Finding]:
    """Runs of words that only one of the texts has; a replaced run counts by its surplus."""
    if not case.language.spaced or _same(case):
        return
    said, truth = _normalised_words(case)
    if said == truth:
        return
    limit = case.config.transcription.span_words
    matcher = SequenceMatcher(None, truth, said, autojunk=False)
    for operation, first, last, start, end in matcher.get_opcodes():
        surplus = (last - first) - (end - start)
        if operation == "equal" or (surplus if kind == "delete" else -surplus) < limit:
            continue
        words = " ".join(truth[first:last] if kind == "delete" else said[start:end])
        evidence: dict[str, float | str] = {"words": words[:200], "count": float(abs(surplus))}
        yield Finding(_PATH, f"{abs(surplus)} {what}", evidence)


def _longest_loop(words: list[str]) -> tuple[str, int]:
    """Phrase that is repeated in a row for most words, and for how many beyond its first time."""
    best, phrase = 0, ""
    for length in range(1, min(_LONGEST_PHRASE, len(words) // 2) + 1):
        run = 0
        for index in range(length, len(words)):
            run = run + 1 if words[index] == words[index - length] else 0
            if run > best and run >= length:
                best, phrase = run, " ".join(words[index - length + 1 : index + 1])
    return phrase, best
