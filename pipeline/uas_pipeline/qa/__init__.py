"""Questions on documents, balanced so that only the audio gives the answers."""
