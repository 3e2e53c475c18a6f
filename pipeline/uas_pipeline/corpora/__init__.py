"""Where speech and sounds come from, with what is known of them, and who is in which split."""
