"""What can be measured of a voice without a model: pitch, rate, timbre, and the words for them."""
