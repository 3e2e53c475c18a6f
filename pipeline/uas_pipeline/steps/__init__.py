"""What is done with a clip: read, caption, synthesize, validate; one line of JSON between them."""
