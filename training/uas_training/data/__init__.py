"""Clips, their disturbance, their order, and what they should teach."""
