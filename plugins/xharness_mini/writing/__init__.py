"""How the data of the suite are written: lexicons by hand, templates by hand, and a generator that fills them.

`python -m xharness_mini.writing DIR` writes every file again, byte for byte.
"""
