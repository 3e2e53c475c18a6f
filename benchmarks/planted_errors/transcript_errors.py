"""Errors of the transcription against the corpus's own text."""

from planted_errors.planting import Draft, Registry
from planted_errors.words import load_words
from uas_schema.ontology import plain_name

errors = Registry()
_FEW = 5  # shorter sentences lose too little to be sure of it


@errors.add("transcription integrity")
def transcript_cut_short(draft: Draft) -> bool:
    """The last third to two thirds of the words are missing."""
    if len(draft.words) < _FEW:
        return False
    kept = max(1, int(len(draft.words) * draft.rng.uniform(1 / 3, 2 / 3)))
    draft.say(" ".join(draft.words[:kept]))
    return True


@errors.add("transcription integrity")
def beginning_missing(draft: Draft) -> bool:
    """The first third to two thirds of the words are missing."""
    if len(draft.words) < _FEW:
        return False
    kept = max(1, int(len(draft.words) * draft.rng.uniform(1 / 3, 2 / 3)))
    draft.say(" ".join(draft.words[-kept:]))
    return True


@errors.add("transcription integrity")
def words_dropped(draft: Draft) -> bool:
    """A third of the words, here and there, are missing."""
    words = draft.words
    if len(words) < _FEW:
        return False
    dropped = set(draft.rng.sample(range(len(words)), -(-len(words) // 3)))
    draft.say(" ".join(word for place, word in enumerate(words) if place not in dropped))
    return True


@errors.add("transcription integrity")
def words_replaced(draft: Draft) -> bool:
    """A third of the words are other words."""
    words = draft.words
    if len(words) < _FEW:
        return False
    for place in draft.rng.sample(range(len(words)), -(-len(words) // 3)):
        words[place] = _other_word(draft, words[place])
    draft.say(" ".join(words))
    return True


@errors.add("transcription integrity")
def sentence_inserted(draft: Draft) -> bool:
    """A sentence that nobody says is put before, after or into the text."""
    sentence = _other_text(draft)
    if not draft.speaks or sentence is None:
        return False
    at = draft.rng.choice((0, len(draft.words), len(draft.words) // 2))
    draft.say(" ".join([*draft.words[:at], sentence, *draft.words[at:]]))
    return True


@errors.add("transcription integrity")
def preamble_of_a_model(draft: Draft) -> bool:
    """The text begins or ends with what a language model or recogniser makes up."""
    if not draft.speaks:
        return False
    parts = [draft.rng.choice(load_words().preambles), draft.document["transcription"]]
    draft.say(" ".join(parts if draft.rng.random() < 1 / 2 else parts[::-1]))
    return True


@errors.add("transcription integrity")
def decoder_loop(draft: Draft) -> bool:
    """The last words are repeated, as a looping decoder does."""
    if len(draft.words) < _FEW:
        return False
    tail = draft.words[-draft.rng.randint(2, 4) :]
    draft.say(" ".join([*draft.words, *tail * draft.rng.randint(3, 8)]))
    return True


@errors.add("transcription integrity")
def text_of_another_clip(draft: Draft) -> bool:
    """The text is another clip's."""
    text = _other_text(draft)
    if not draft.speaks or text is None:
        return False
    draft.say(text)
    return True


@errors.add("transcription integrity")
def translated(draft: Draft) -> bool:
    """The text is in another language than the clip."""
    if not draft.speaks:
        return False
    draft.say(_foreign(draft))
    return True


@errors.add("transcription integrity")
def look_alike_letters(draft: Draft) -> bool:
    """Letters are replaced by Cyrillic ones that look the same."""
    if len(draft.words) < _FEW:
        return False
    draft.say(
        draft.document["transcription"].translate(str.maketrans(dict(load_words().look_alikes)))
    )
    return True


@errors.add("transcription integrity")
def corpus_in_another_script(draft: Draft) -> bool:
    """Corpus and document agree on a text in a script that the language is not written in."""
    if not draft.speaks:
        return False
    draft.say_in_corpus_too(draft.rng.choice(load_words().other_scripts))
    return True


@errors.add("transcription integrity")
def blank_transcript(draft: Draft) -> bool:
    """Somebody speaks, and the text is empty or punctuation only."""
    if not draft.speaks:
        return False
    draft.say(draft.rng.choice(("", " ", "...", "-", "\n", "?!")))
    return True


@errors.add("transcription integrity")
def voice_forgotten(draft: Draft) -> bool:
    """The document says that nobody speaks, though the corpus has a text."""
    if not draft.speaks:
        return False
    draft.document["transcription"] = None
    draft.voice.update(dict.fromkeys(draft.voice))
    draft.sounds["description"] = "Silence"
    return True


@errors.add("transcription integrity", "evidence")
def corpus_in_another_language(draft: Draft) -> bool:
    """Corpus and document agree on a text in another language of the same script."""
    if not draft.speaks:
        return False
    draft.say_in_corpus_too(_foreign(draft))
    return True


@errors.add("transcription integrity", "evidence")
def one_word_dropped(draft: Draft) -> bool:
    """One word of the text is missing."""
    words = draft.words
    if len(words) < _FEW:
        return False
    del words[draft.rng.randrange(len(words))]
    draft.say(" ".join(words))
    return True


@errors.add("transcription integrity", "evidence")
def one_word_replaced(draft: Draft) -> bool:
    """One word of the text is another word."""
    words = draft.words
    if len(words) < _FEW:
        return False
    place = draft.rng.randrange(len(words))
    words[place] = _other_word(draft, words[place])
    draft.say(" ".join(words))
    return True


def _foreign(draft: Draft) -> str:
    sentences = load_words().sentences
    languages = sorted(set(sentences) - {draft.record["language"]})
    return draft.rng.choice(sentences[draft.rng.choice(languages)])


def _other_text(draft: Draft, attempts: int = 50) -> str | None:
    """Text of another record, of several words that this one does not mostly share."""
    own = set(plain_name(draft.document["transcription"] or "").split())
    for _ in range(attempts):
        text: str | None = draft.rng.choice(draft.others)["document"]["transcription"]
        words = plain_name(text or "").split()
        if text and len(words) >= _FEW and len(own & set(words)) < len(words) / 2:
            return text
    return None


def _other_word(draft: Draft, word: str) -> str:
    while True:
        text = _other_text(draft) or draft.rng.choice(load_words().sentences["en"])
        other = draft.rng.choice(text.split())
        if plain_name(other) != plain_name(word):
            return other
