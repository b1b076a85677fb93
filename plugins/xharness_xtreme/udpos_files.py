"""Which UDPOS test files are the official ones, byte for byte.

SHA-256 of `udpos/test-<lang>.tsv` as the official preparation writes it from UD r2.5 (one token per line, an empty line between
sentences, no empty line at the end). Made by running the official preparation over UD r2.5 (spec/xtreme.md §1.3). Absent: ar,
de, hi, ru, of which one large treebank each was not at hand, so that their official bytes are not on record.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOKEN_SHA256: Mapping[str, str] = {
    "af": "df46c1db6171416bf839c435746444713abeb6efa4d33da3307815cd0162fd98",
    "bg": "c38c0c499e40c5463dc36585dd3b1b95c0d1243242e2d7bb737ada13d9ca155a",
    "el": "18a3f8b41b4c938d41dda307813a5dc8ce028009ba9656a11abe98e11dbd6cb5",
    "en": "7a31c1e75a1b35b1a4fd6bf736b08a252ecec82578f298932ee00d36bb3a3958",
    "es": "261288cd7363d132a846328d251b867771c75be39250c45c2fc55dc08f5ad396",
    "et": "53624f302f8f1c1bb923a857f899dbf356b53af90733808610a52d58abb18005",
    "eu": "e93b73568087122c79280c1a8f45b44361e752a5da33498d3379448b8f6e361e",
    "fa": "2ac2b8da7a0e5332255bc497e657396ec7bb4ba956fce4a377298f9f31dd0230",
    "fi": "93ee59842018eaad42739e16caf234ec5e656b0476babcdc2797b281b973cd51",
    "fr": "1396ee0985d0393600d71c852eb5d0bc0fb98fc99ad696fcee61f6cf5417c65a",
    "he": "866a6086c9901eb484bcbce969559c8ca07268bd597d34eea248515652f6f6f4",
    "hu": "06bf164399d6fd4e78c7471d628bbba0ad7791689cfdd6154da532dd31f0fb47",
    "id": "4c09905a74b7d86d8a07766976cfc2afce71be0484faf20bf127cafcc51745e9",
    "it": "e74dc371e8c770b7cf7e67ba9ea42213849ead98a79e6c1a03c291643f772653",
    "ja": "e9f5a164477c6a8e43ca3183ab3096d90e98f58289c57ca15976f9f6533c6c94",
    "kk": "20a8a30a5cd849bf7e450d9581e08f7aca4551696194bff97ed86c3470e351ae",
    "ko": "f56e2c3d70c37a01f6b7b9a3a80c5595d8e10c357259bd31e310894a12cc41bf",
    "mr": "e8149ad1f8cc84399e3ca74a470cc27971192727d7469759efbac3310ba32bc3",
    "nl": "0475f6cbdafee465f6f06b3dccc2feb347ff0c4815e11abe9cf743d5a88c20ab",
    "pt": "70819d04a1d00c2a261d747460ad9a1b905bd1a0accf2946a3882fb35cd0bec5",
    "ta": "aba83c5cc03da386341e9227f4e9c3f81d3118f92b28d21f8e6596d48a6035e4",
    "te": "76a8bcca10416d72b7f448c4a64943b58f2d05e3fbdb3f83e9d2007346593e3e",
    "th": "0fe6da3eb1e194d30bcd4315b469c39c352e71d38114311aa159ae5e12e616d4",
    "tl": "3f3d31b2fd3f08f4c1a2678330c3a6d7298fef4811b2c6cd3b69d1913b0d4c59",
    "tr": "ea4197aae4573944b3f8b0b1359472fefae9ce97194000e73e6ed98dbd1ef799",
    "ur": "53ee9476bf146938abb1698acfc043d45aa562fcd52f04676ac20526afe2fc8c",
    "vi": "049d2fe8f11cceea32b6ff8f9b10fb30a0536f260bf902db1271d15385530407",
    "yo": "7b7d560628767dacd999d3cc66071116b598172c5fbd9e862e4932b6c7420de8",
    "zh": "2108c0f832712f21d2bfa0f663c5982ef8191f633cb96dd756f39453f54b7e90",
}
"""Language → SHA-256 (hex) of the official test token file."""


def token_sha256(sentences: Sequence[Sequence[str]]) -> str:
    """Returns the SHA-256 (hex) of the file that the official preparation would write for these sentences."""
    text = "\n\n".join("\n".join(sentence) for sentence in sentences) + "\n"
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
