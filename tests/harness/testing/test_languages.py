"""Language codes are told from country codes and from names."""

from __future__ import annotations

import pytest
from xharness.testing.languages import language_problem


@pytest.mark.parametrize(
    "code", ["sw", "zh", "quy", "zh-Hant", "pt-BR", "swh_Latn", "sr-Latn-RS", "es-419", "sl-rozaj"]
)
def test_codes_of_languages_are_taken(code):
    """Codes of two and three letters, with script, region or variant, are right."""
    assert language_problem(code) is None


@pytest.mark.parametrize("code", ["jp", "cn", "cz", "dk", "gr"])
def test_codes_of_countries_are_refused(code):
    """A country's code that is no language's is found."""
    assert "ISO 639-1" in (language_problem(code) or "")


@pytest.mark.parametrize("code", ["", "Swahili", "EN", "e", "en_us", "zh-hant", "en-", "en/../x", "sw\n"])
def test_other_forms_are_refused(code):
    """Names, other cases and anything else are not of the form."""
    assert "BCP 47" in (language_problem(code) or "")
