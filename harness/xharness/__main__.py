"""`python -m xharness`, the form in which `accelerate launch -m` starts the command."""

from __future__ import annotations

from xharness.cli import main

if __name__ == "__main__":
    main()
