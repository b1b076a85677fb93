"""How well a head does on development data: predictions decoded, then scored as an evaluation scores them."""
