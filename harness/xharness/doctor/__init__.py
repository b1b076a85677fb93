"""Is this machine ready: what is installed, what it has, what it reaches, and whether every head that comes along answers."""
