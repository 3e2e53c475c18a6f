"""How a document is made from a clip and an engine; knows nothing of HTTP."""
