"""One side's runs against a baseline's: who is better, where, by how much, and how sure that is."""
