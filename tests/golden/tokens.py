"""Word pieces by BERT's rules (Devlin et al. 2019), from Python's own tables of Unicode: tokens.json, and the table lib/Distillation/Data/accents.txt.

The rules: drop NUL, U+FFFD and every character of a category C* but tab and line ends; tab, line ends and Zs are spaces; every ideograph
stands alone; in lower case, each character is decomposed (NFD), loses its Mn and becomes small; punctuation stands alone (P*, and ASCII's
symbols); then each word is cut from the left into the longest piece of the vocabulary, ## in front of all but the first, and is [UNK] as
a whole where that fails or it has more than 100 characters.
"""
import os
import sys
import unicodedata

from golden import HERE, about, write

VOCABULARY = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "##ab", "##le", "##a", "##f", "the", "runn", "##ing", "##s", ",", ".", "!", "?", "$", "-", "'",
    "low", "##low", "##est", "##er", "hello", "cafe", "naive", "uber", "istanbul", "中", "国", "豈", "a", "b", "ab", "1", "##2", "##23", "don", "t", "x", "##x", "ὰ", "α",
    "一", "_", "(", ")", "ᄒ", "##ᅡ", "##ᆫ", "i", "##i", "Hello", "Cafe", "Café", "ß", "straße", "…", "«", "»", "é", "😀", "##😀", "q", "10", "%", "^", "`", "~"]

TEXTS = [
    "UNaffable", "unaffable running", "  The\trunning\r\nlowest,  LOWER!", "hello?!.", "Café naïve Über", "İstanbul", "cafe\u0301 a\u0300b", "ab中国x", "a豈b", "\U00020000a", "don't",
    "x" * 100, "x" * 101, "1223 123", "", "   ", "\u00a0the\u3000the\u2003", "a\u200db\u200e", "a\u0000b\ufffdx", "ᾲ α", "한", "(hello)_«hello»…", "straße STRAẞE", "😀😀 hello", "zzz the",
    "$10 50% ^`~", "\u037e", "e\u0301\u0301", "The – low", "i\u0307I", "Hello CAFÉ Café"]


def space(c):
    return c in " \t\n\r" or unicodedata.category(c) == "Zs"


def ideograph(c):
    return any(first <= ord(c) <= last for first, last in (
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)))


def punctuation(c):
    return 33 <= ord(c) <= 47 or 58 <= ord(c) <= 64 or 91 <= ord(c) <= 96 or 123 <= ord(c) <= 126 or unicodedata.category(c)[0] == "P"


def plain(c):
    return "".join(d for d in unicodedata.normalize("NFD", c) if unicodedata.category(d) != "Mn")


def words(text, lower):
    """Lists of (character, start, end) in code points."""
    found, word = [], []
    for i, c in enumerate(text):
        if space(c):
            found, word = found + [word], []
        elif c not in "\0\ufffd" and unicodedata.category(c)[0] != "C":
            for d in plain(c).lower() if lower else c:
                if ideograph(c) or punctuation(d):
                    found, word = found + [word, [(d, i, i + 1)]], []
                else:
                    word.append((d, i, i + 1))
    return [w for w in found + [word] if w]


def cut(word, ids):
    unknown = [["[UNK]", ids["[UNK]"], word[0][1], word[-1][2]]]
    if len(word) > 100:
        return unknown
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            name = ("##" if start else "") + "".join(c for c, _, _ in word[start:end])
            if name in ids:
                pieces.append([name, ids[name], word[start][1], word[end - 1][2]])
                start = end
                break
        else:
            return unknown
    return pieces


def accents():
    left = {}
    for code in range(0x80, sys.maxunicode + 1):
        c = chr(code)
        if not 0xAC00 <= code < 0xAC00 + 11172 and unicodedata.category(c) not in ("Mn", "Cs", "Cn", "Co") and plain(c) != c:
            left.setdefault(plain(c), []).append(c)
    path = os.path.join(HERE, "..", "..", "lib", "Distillation", "Data", "accents.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{rest}\t{''.join(chars)}\n" for rest, chars in sorted(left.items()))
    return sum(map(len, left.values()))


def main():
    ids = {piece: i for i, piece in enumerate(VOCABULARY)}
    print("accents", accents())
    write("tokens.json", {
        "about": {**about(places="in code points, the end exclusive"), "unicode": unicodedata.unidata_version},
        "vocabulary": VOCABULARY,
        "cases": [
            {"text": text, "lower": lower, "pieces": [piece for word in words(text, lower) for piece in cut(word, ids)]}
            for lower in (True, False) for text in TEXTS]})


if __name__ == "__main__":
    main()
