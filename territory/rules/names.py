"""What a gamertag proves: placeholders, and the platforms on which a gamertag may teach a player id."""

import re
import unicodedata

# The game and its tools write these for an unknown name, and anybody may bear the game's default.
_PLACEHOLDERS = frozenset(
    {
        "survivor",
        "player",
        "unknown",
        "unknown player",
        "unknown/dead entity",
        "dead entity",
        "unnamed",
        "nameless",
        "default",
        "error",
        "none",
        "null",
        "undefined",
        "n/a",
    }
)
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that show nothing
_SUFFIX = re.compile(r"(#[0-9]{1,8})?( ?\([0-9]{1,4}\))?$")
_XBOX_ID = re.compile(r"[0-9A-F]{40}")


def fold(gamertag: str) -> str:
    """Return a gamertag for comparison: without case, width and extra spaces.

    The database's `territory_gamertag_key` does the same for rows; this function is for names outside rows.
    """
    return " ".join(unicodedata.normalize("NFKC", gamertag).lower().split())


def is_same(one: str, other: str) -> bool:
    """Tell whether two gamertags are equal but for case, width, spaces and the way accents are stored.

    The database's folding takes more for equal, such as `ª` and `a`: enough for doubt, not for proof.
    """
    return _letters(one) == _letters(other)


def _letters(gamertag: str) -> str:
    narrow = (
        unicodedata.normalize("NFKC", letter)
        if unicodedata.decomposition(letter).startswith(("<wide>", "<narrow>"))
        else letter
        for letter in gamertag
    )
    return " ".join(unicodedata.normalize("NFC", "".join(narrow)).lower().split())


def has_unseen(gamertag: str) -> bool:
    """Tell whether a name has invisible characters. Names copied from a page may have them; the log has none."""
    return any(unicodedata.category(letter) in ("Cc", "Cf") or letter in _BLANK for letter in gamertag)


def is_placeholder(gamertag: str) -> bool:
    """Tell whether a name is blank, the game's default name, or a placeholder for an unknown name."""
    stem = _SUFFIX.sub("", fold(gamertag))
    return not stem.strip(" -?.*_") or stem in _PLACEHOLDERS


def name_is_proof(*, server: str, identity: str, player_id: str) -> bool:
    """Tell whether a gamertag alone may teach the player id: on consoles, where no two players bear one name.

    `server` and `identity` are platforms ("xbox", "playstation", "pc", or "" if unknown). On PC anybody may take any name.
    A player id of 40 hexadecimal digits is Xbox's; the other shape is PlayStation's or PC's, so it needs the server's
    platform. Without a player id the answer is whether the name could teach one.
    """
    if not player_id:
        return "pc" not in (server, identity) and (not server or identity in ("", server))
    played_on = server or ("xbox" if _XBOX_ID.fullmatch(player_id) else "")
    shape_fits = bool(_XBOX_ID.fullmatch(player_id)) == (played_on == "xbox")
    return played_on in ("xbox", "playstation") and shape_fits and identity in ("", played_on)
