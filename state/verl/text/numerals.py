"""Numbers as words: "two hundred and five", "third", "half"."""

_ONES = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
CARDINALS: dict[str, float] = {name: float(value) for value, name in enumerate(_ONES)}
CARDINALS |= {name: 10.0 * (index + 2) for index, name in enumerate(_TENS)}
GROUPS: dict[str, float] = {"dozen": 12, "dozens": 24, "couple": 2, "pair": 2, "twice": 2,
                            "thrice": 3, "both": 2}  # fmt: skip
FRACTIONS: dict[str, float] = {"half": 0.5, "third": 1 / 3, "thirds": 1 / 3, "quarter": 0.25,
                               "quarters": 0.25, "fifth": 0.2, "fifths": 0.2,
                               "tenth": 0.1, "tenths": 0.1}  # fmt: skip
_ORDINAL_WORDS = """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
""".split()
ORDINALS: dict[str, float] = {name: float(value + 1) for value, name in enumerate(_ORDINAL_WORDS)}
MULTIPLIERS: dict[str, float] = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
}  # fmt: skip


def read_cardinal(words: list[str]) -> tuple[float, int]:
    """The number that the words begin with, and how many of them it takes; 0 words when none.

    "two hundred and five thousand" is 205,000; "and" counts only between parts of a number.
    """
    total, current, used, position = 0.0, 0.0, 0, 0
    while position < len(words):
        text = words[position]
        if text in CARDINALS:
            if current % 100 and not (current % 10 == 0 and CARDINALS[text] < 10):
                break
            current += CARDINALS[text]
        elif text in MULTIPLIERS and (current or total):
            if text == "hundred":
                current *= 100
            else:
                total += current * MULTIPLIERS[text]
                current = 0.0
        elif (text == "and" and current >= 100 and current % 100 == 0) or (text == "-" and used):
            position += 1
            continue
        else:
            break
        position += 1
        used = position
    return total + current, used
