"""Names of new packages: valid wherever they are used, and taken by nothing that is installed."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass

from xharness.errors import UsageError

PREFIX = "xharness-"
LONGEST = 50
_CANONICAL = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageName:
    """One name in its forms.

    Attributes:
        name: canonical as PEP 503 has it, "my-topics": the folder, the plugin's name, and the name of what it offers.
    """

    name: str

    @property
    def distribution(self) -> str:
        """Returns "xharness-my-topics"."""
        return f"{PREFIX}{self.name}"

    @property
    def package(self) -> str:
        """Returns "xharness_my_topics", the import name."""
        return self.distribution.replace("-", "_")

    @property
    def identifier(self) -> str:
        """Returns "my_topics"."""
        return self.name.replace("-", "_")

    @property
    def title(self) -> str:
        """Returns "My topics"."""
        return self.name.replace("-", " ").capitalize()


def package_name(name: str) -> PackageName:
    """Returns the name, without "xharness-" at its beginning.

    Raises UsageError if it is no canonical name of a package (a path, for one), or if its import name can be imported already.
    """
    plain = name.removeprefix(PREFIX)
    if not _CANONICAL.fullmatch(plain) or len(plain) > LONGEST:
        near = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-0123456789")[:LONGEST].strip("-")
        hint = f" Perhaps {near}." if near else ""
        raise UsageError(
            f"{name!r} cannot be the name of a package: expected small letters and digits in words joined by single hyphens, a "
            f"letter first, at most {LONGEST} characters, and no path (--out DIR says where the folder is written).{hint}"
        )
    made = PackageName(name=plain)
    if importlib.util.find_spec(made.package) is not None:
        raise UsageError(
            f"A package {made.package} is installed already, and two of one name hide each other. Take another name, or "
            "uninstall that one."
        )
    return made
