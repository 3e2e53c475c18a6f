"""What text in a language looks like and how fast it is spoken: ``data/languages.yaml``."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from uas_pipeline.package_data import read_package_yaml
from uas_schema.strict import Strict

Range = tuple[float, float]


class Language(Strict):
    """One language. ``spaced``: words are parted by spaces. ``accents``: words of its accents."""

    scripts: tuple[str, ...]
    characters_per_s: Range
    words_per_s: Range
    spaced: bool = True
    accents: tuple[str, ...] = ()
    function_words: tuple[str, ...] = ()


class LanguageFile(Strict):
    """``data/languages.yaml`` as it is written."""

    punctuation: str
    default: Language
    languages: Mapping[str, Language]
    scripts: Mapping[str, tuple[tuple[int, int], ...]]


@cache
def load_languages() -> LanguageFile:
    """Read the languages (once)."""
    return read_package_yaml(LanguageFile, "uas_pipeline.validate", "data/languages.yaml")


@cache
def language_of(code: str) -> Language:
    """What is known of a language by its code ("en", "en-GB"); the default if nothing is."""
    file = load_languages()
    return file.languages.get(base_code(code), file.default)


@cache
def base_code(code: str) -> str:
    """Code of the language without its region: "pt-BR" -> "pt"."""
    return code.replace("_", "-").partition("-")[0].casefold()


def script_counts(text: str) -> Counter[str]:
    """Letters of a text by script; those of no listed script are "other"."""
    return Counter(_script(char) for char in text if char.isalpha())


def function_words_heard(words: Iterable[str]) -> list[str]:
    """Codes of the languages of those words that are function words of one language only."""
    owners = _owners()
    return [owners[word] for word in words if word in owners]


@cache
def accent_language(accent: str) -> str | None:
    """Code of the language that an accent belongs to, or None."""
    words = set(accent.split())
    for code, language in load_languages().languages.items():
        if words & set(language.accents):
            return code
    return None


@cache
def _script(char: str) -> str:
    starts, names, ends = _script_table()
    at = bisect_right(starts, ord(char)) - 1
    return names[at] if at >= 0 and ord(char) <= ends[at] else "other"


@cache
def _script_table() -> tuple[list[int], list[str], list[int]]:
    ranges = sorted(
        (first, name, last)
        for name, spans in load_languages().scripts.items()
        for first, last in spans
    )
    return [r[0] for r in ranges], [r[1] for r in ranges], [r[2] for r in ranges]


@cache
def _owners() -> dict[str, str]:
    """Function word -> language, for words that one language alone has."""
    languages = load_languages().languages
    count = Counter(word for one in languages.values() for word in one.function_words)
    return {
        word: code
        for code, language in languages.items()
        for word in language.function_words
        if count[word] == 1
    }
