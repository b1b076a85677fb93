"""What is trained on: loaded, checked and drawn from before anything is trained."""
