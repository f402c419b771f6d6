"""Words by their sound, so that a misspelt one is found."""

_UNHEARD = str.maketrans("", "", "aeiouy'")


def sound_of(word: str) -> str:
    """A word without its vowels after the first letter and without doubled letters: `Caplands` and `Capelands` are
    one. Short words and numbers stay as they are."""
    if len(word) < 5 or word[0].isdigit():
        return word
    kept = word[0] + word[1:].rstrip("s").translate(_UNHEARD)
    return "".join(letter for at, letter in enumerate(kept) if not at or letter != kept[at - 1])
