"""What a training is asked for: recipes, their settings, and where both come from."""
