"""Leaderboards: stored statistics of many systems, and everything that a format needs to show of them."""
