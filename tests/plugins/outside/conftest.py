"""The folders here are packages with tests of their own: `e2e/test_outside_extensions.py` builds, installs and runs them."""

collect_ignore_glob = ["*/*"]
