"""Model servers over HTTP: bounded, retried, counted."""
