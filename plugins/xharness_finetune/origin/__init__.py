"""How a checkpoint came to be, written and read back."""
