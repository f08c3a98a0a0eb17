"""SQuAD 1.1's metric (Rajpurkar et al. 2016) by its definition: squad.json. An answer is put in lower case, loses ASCII punctuation, then the
articles, then spare spaces; exact match compares the results, F1 their words as multisets; the best of several right answers counts."""
from golden import about, write

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
CASES = [
    ("The Denver Broncos", ["Denver Broncos"]), ("denver broncos!", ["Denver  Broncos", "Broncos"]), ("a cat and the dog", ["dog and cat"]), ("the the cat", ["cat"]),
    ("gold", ["silver", "gold medal", "a gold"]), ("", ["x"]), ("the", ["a"]), ("U.S.A.", ["USA"]), ("$5-10", ["510", "5 10"]), ("cat cat dog", ["cat dog dog"]), ("theatre an", ["theatre"]),
    ("Beyoncé’s", ["Beyoncés", "Beyoncé's"]), ("new\u00a0york", ["New York"]), ("x_y the_z", ["xy thez"])]


def letter(c):
    return c.isalnum() or c == "_"


def without_articles(text):
    out, word = "", ""
    for c in text + "\0":
        if letter(c):
            word += c
        else:
            out += (" " if word in ("a", "an", "the") else word) + c
            word = ""
    return out[:-1]


def normalised(text):
    text = "".join(c for c in text.lower() if c not in PUNCTUATION)
    return " ".join(without_articles(text).split())


def f1(given, right):
    given, left, same = normalised(given).split(), normalised(right).split(), 0
    number = len(left)
    for word in given:
        if word in left:
            left.remove(word)
            same += 1
    if same == 0:
        return 0.0
    precision, recall = same / len(given), same / number
    return 2 * precision * recall / (precision + recall)


def main():
    write("squad.json", {
        "about": about(),
        "cases": [
            {"given": given, "right": right, "normalised": normalised(given), "exact": float(any(normalised(given) == normalised(r) for r in right)), "f1": max(f1(given, r) for r in right)}
            for given, right in CASES]})


if __name__ == "__main__":
    main()
