"""OpenAI's operations on audio in our terms: what they take, and how our answers look in them."""
