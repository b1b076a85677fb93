"""Which language codes a task may use."""

from __future__ import annotations

import re

ISO_639_1 = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et
    eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl
    km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj
    om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn
    to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905  # a table is read as one
)
"""The two-letter codes of ISO 639-1, with bh and sh, which older data use."""

_TAG = re.compile(r"([a-z]{2,3})(?:[-_][A-Z][a-z]{3})?(?:[-_](?:[A-Z]{2}|[0-9]{3}))?(?:[-_][a-z0-9]{5,8})*")


def language_problem(code: str) -> str | None:
    """Returns what is wrong with a language code, None if nothing is.

    The rule is BCP 47's for language, script, region and variants, in its usual case ("sw", "zh-Hant", "pt-BR", "swh_Latn";
    an underscore is taken for the hyphen). Two letters must be a code of ISO 639-1, which finds country codes (jp, cn, ua).
    Of three letters only the form is known here: ISO 639-3 has thousands of them.
    """
    match = _TAG.fullmatch(code)
    if match is None:
        return "not of the form language[-Script][-REGION] (BCP 47), such as sw, zh-Hant or swh-Latn"
    if len(match[1]) == 2 and match[1] not in ISO_639_1:
        return f"{match[1]} is no code of ISO 639-1 (a country's code instead of a language's?)"
    return None
