"""What a stage will need, worked out before it starts: no weights, no sound, no device."""
