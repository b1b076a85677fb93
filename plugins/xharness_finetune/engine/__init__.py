"""The training itself: steps, checkpoints to resume from, progress, curves."""
