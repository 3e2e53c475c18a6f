"""The server: HTTP around an engine that describes clips and answers questions about them."""
