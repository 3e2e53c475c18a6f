"""Caption and transcript become a document, each field marked with how it is known."""
