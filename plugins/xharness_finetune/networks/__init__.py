"""Encoders and the heads on them."""
