"""How data files and the hub's tables are read: for any plugin that offers tasks.

`text` reads lines and JSON, `rows` tables and JSON lines, `squad` questions in SQuAD's form, `hub` data sets on the Hugging
Face hub. Every error names the file (or the hub's copy at its commit) and the place inside it, and says what to do.
"""
