"""Level "duration": as much text and as many events as fit into the sound, and no less."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from uas_pipeline.acoustics.syllables import count_syllables
from uas_pipeline.validate.case import Case, Check, Finding, is_discrete, label_of

_PATH = "transcription"
_counted = lru_cache(1024)(count_syllables)  # two checks ask for the same text


def length(case: Case) -> Iterable[Finding]:
    """The clip is neither too short nor too long to be described."""
    config, duration_s = case.config.duration, case.record.duration_s
    if config.shortest_s <= duration_s <= config.longest_s:
        return ()
    message = f"{duration_s:.3g} s is not between {config.shortest_s} and {config.longest_s} s"
    return (Finding("duration_s", message, {"duration_s": duration_s}),)


def length_measured(case: Case) -> Iterable[Finding]:
    """The clip is as long as the record says."""
    measured_s, said_s = case.measures.get("duration_s"), case.record.duration_s
    if measured_s is None:
        return ()
    if abs(measured_s - said_s) <= case.config.duration.difference_ratio * max(measured_s, 0.1):
        return ()
    message = f"the record says {said_s:.3g} s, the audio is {measured_s:.3g} s long"
    return (Finding("duration_s", message, {"measured_s": measured_s, "said_s": said_s}),)


def characters_per_s(case: Case) -> Iterable[Finding]:
    """The letters fit into the time in which there is sound, by the norms of the language."""
    if case.text is None:
        return ()
    count = sum(map(str.isalnum, case.text))
    return _rate(case, count, case.language.characters_per_s, "characters")


def words_per_s(case: Case) -> Iterable[Finding]:
    """The words fit into the time in which there is sound, by the norms of the language."""
    if case.text is None or not case.language.spaced:
        return ()
    return _rate(case, len(case.words), case.language.words_per_s, "words")


def syllables_per_s(case: Case) -> Iterable[Finding]:
    """The syllables fit into the time of speech."""
    syllables = _syllables(case)
    if syllables is None:
        return ()
    return _rate(case, syllables, case.config.duration.syllables_per_s, "syllables")


def syllables_heard(case: Case) -> Iterable[Finding]:
    """The text has about as many syllables as are heard as peaks of loudness."""
    nuclei, config = case.measures.get("nuclei_count"), case.config.duration
    # A sound beside the voice covers some of them.
    clear = not case.events and case.measures.get("snr_db", 0.0) >= case.config.logic.snr_db
    if not nuclei or not clear or (syllables := _syllables(case)) is None:
        return ()
    least, most = config.syllables_per_nucleus
    if max(nuclei, syllables) < config.fewest_syllables or least <= syllables / nuclei <= most:
        return ()
    message = f"the text has {syllables} syllables, {nuclei:.0f} are heard"
    return (Finding(_PATH, message, {"syllables": float(syllables), "heard": nuclei}),)


def text_for_silence(case: Case) -> Iterable[Finding]:
    """Where words are, somebody speaks."""
    measures, least_s = case.measures, case.config.duration.silent_speech_s
    if case.text is None or "speech_s" not in measures:
        return ()
    if measures["speech_s"] >= least_s or measures.get("pitched_s", 0.0) >= least_s:
        return ()
    message = "the document has a transcription, but nobody is heard"
    evidence: dict[str, float | str] = {
        "speech_s": measures["speech_s"], "pitched_s": measures.get("pitched_s", 0.0),
    }  # fmt: skip
    return (Finding(_PATH, message, evidence),)


def silence_for_text(case: Case) -> Iterable[Finding]:
    """Where somebody speaks at length, there is a transcription."""
    if case.text is not None:
        return ()
    measures, config = case.measures, case.config.duration
    speech_s = measures.get("speech_s", 0.0)
    long = speech_s >= config.heard_speech_s
    much = speech_s >= config.heard_speech_ratio * case.record.duration_s
    # What stands out of nothing is no voice: music, bells and sirens are taken for one.
    heard = measures.get("snr_db", 0.0) > case.config.logic.voice_missed_snr_db
    heard = heard and measures.get("formant_spacing_hz", 0.0) <= config.widest_formants_hz
    if not (long and much and heard):
        return ()
    message = f"somebody speaks for {speech_s:.1f} s, but there is no transcription"
    return (Finding(_PATH, message, {"speech_s": speech_s}),)


def events_count(case: Case) -> Iterable[Finding]:
    """No more events are named than the clip has time for, or anyone can tell apart."""
    config, count = case.config.duration, len(case.events)
    if not count:
        return ()
    most = min(config.events_at_once, max(1, int(case.record.duration_s * config.events_per_s)))
    if count <= most:
        return ()
    message = f"{count} events in {case.record.duration_s:.3g} s, at most {most} can be heard"
    return (Finding("nonLinguisticEvents", message, {"events": float(count)}),)


def onsets_inside(case: Case) -> Iterator[Finding]:
    """Every event begins before it ends, within the clip."""
    slack_s, duration_s = case.config.duration.onset_s, case.record.duration_s
    for index, onset in enumerate(case.record.onsets):
        if not onset.start_s < onset.end_s <= duration_s + slack_s:
            message = (
                f"{onset.label!r} sounds from {onset.start_s:.2f} to {onset.end_s:.2f} s "
                f"of {duration_s:.2f} s"
            )
            evidence: dict[str, float | str] = {"start_s": onset.start_s, "end_s": onset.end_s}
            yield Finding(f"onsets[{index}]", message, evidence)


def events_length(case: Case) -> Iterator[Finding]:
    """A long or continuous event is so by its time; no event is longer than the clip."""
    if not case.events:
        return
    config = case.config.duration
    lengths_s = {label_of(onset.label) or onset.label: onset.end_s - onset.start_s
                 for onset in case.record.onsets}  # fmt: skip
    for path, event in case.events:
        seconds = lengths_s.get(label_of(event.label) or event.label)
        if not is_discrete(path):
            if seconds is not None and seconds < config.brief_s:
                message = f"{event.label!r} is continuous, but sounds for {seconds:.2f} s"
                yield Finding(path, message, {"length_s": seconds})
            continue
        word = event.characteristic.partition(",")[0]
        if word == "long" and case.record.duration_s < config.long_s:
            message = f"{event.label!r} is long in a clip of {case.record.duration_s:.3g} s"
            yield Finding(path, message, {"duration_s": case.record.duration_s})
            continue
        # A sound can be shorter in its file's quiet ends than its place in the clip.
        if word == "long" and seconds is not None and seconds < config.brief_s:
            message = f"{event.label!r} is long, but sounds for {seconds:.2f} s"
            yield Finding(path, message, {"length_s": seconds})


DURATION_CHECKS: dict[str, Check] = {
    "length": length,
    "length_measured": length_measured,
    "characters_per_s": characters_per_s,
    "words_per_s": words_per_s,
    "syllables_per_s": syllables_per_s,
    "syllables_heard": syllables_heard,
    "text_for_silence": text_for_silence,
    "silence_for_text": silence_for_text,
    "events_count": events_count,
    "onsets_inside": onsets_inside,
    "events_length": events_length,
}


def _rate(case: Case, count: int, bounds: tuple[float, float], unit: str) -> Iterable[Finding]:
    """Whether so much is said in the time of sound.

    Too much is judged by all that sounds, too little by what is heard as speech: so neither errs
    towards rejecting.
    """
    measures, duration_s = case.measures, case.record.duration_s
    sounding_s = max(measures.get("sounding_s", duration_s), measures.get("speech_s", 0.0))
    speech_s = min(measures.get("speech_s", 0.0), sounding_s)
    least, most = bounds
    if sounding_s > 0 and count / sounding_s > most:
        message = f"{count} {unit} in {sounding_s:.2f} s of sound, at most {most} a second are said"
        return (Finding(_PATH, message, {f"{unit}_per_s": round(count / sounding_s, 2)}),)
    if count and speech_s > 0 and count / speech_s < least:
        message = (
            f"{count} {unit} in {speech_s:.2f} s of speech, at least {least} a second are said"
        )
        return (Finding(_PATH, message, {f"{unit}_per_s": round(count / speech_s, 2)}),)
    return ()


def _syllables(case: Case) -> int | None:
    if case.text is None:
        return None
    return _counted(case.text, case.record.language)
