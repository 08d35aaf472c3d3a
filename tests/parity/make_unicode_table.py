#!/usr/bin/env python3
"""Writes core/text/unicode_table.cpp: the classes of code points exactly as Hugging Face tokenizers sees them.

The classes are asked from the library's own regular expressions, code point by code point, so that the split of a text
never depends on the Unicode version of the machine it runs on. Needs the PyPI package `tokenizers`.
    python make_unicode_table.py > core/text/unicode_table.cpp
"""
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
KINDS = [(r"\p{L}", 1), (r"\p{M}", 2), (r"\p{N}", 3), (r"\p{P}", 4), (r"\p{S}", 5), (r"\s", 6)]
WORD = 8
CASES = [(r"[\p{Lu}\p{Lt}]", 16), (r"\p{Ll}", 32)]


def members(pattern):
    """Code points that `pattern` matches."""
    splitter = pre_tokenizers.Split(Regex(pattern), "removed")
    matched = set()
    for at in range(0, len(CODE_POINTS), 4096):
        chunk = CODE_POINTS[at : at + 4096]
        kept = set()
        for _, (begin, end) in splitter.pre_tokenize_str("".join(map(chr, chunk))):
            kept.update(range(begin, end))
        matched.update(c for i, c in enumerate(chunk) if i not in kept)
    return matched


def word_members():
    """Code points next to which an added token with single_word is not recognised."""
    tokenizer = Tokenizer(models.WordLevel({"[U]": 0, "@@": 1}, unk_token="[U]"))
    tokenizer.add_tokens([AddedToken("@@", single_word=True, normalized=False)])
    return {c for c in CODE_POINTS if 1 not in tokenizer.encode(chr(c) + "@@", add_special_tokens=False).ids}


def main():
    classes = [0] * 0x110000
    for pattern, kind in KINDS:
        for c in members(pattern):
            assert classes[c] == 0, hex(c)
            classes[c] = kind
    for c in word_members():
        classes[c] |= WORD
    for pattern, case in CASES:
        for c in members(pattern):
            classes[c] |= case
    ranges = []
    for c, value in enumerate(classes):
        if value and ranges and ranges[-1][1] == c - 1 and ranges[-1][2] == value:
            ranges[-1][1] = c
        elif value:
            ranges.append([c, c, value])
    print("// Written by tests/parity/make_unicode_table.py from tokenizers " + tokenizers.__version__ + "; do not edit.")
    print("// One row: first and last code point, kind (see unicode_class.h), plus 8 for a word character,")
    print("// 16 for an upper or title case letter, 32 for a lower case one.")
    print('#include "core/text/unicode_class.h"\n')
    print("namespace ahascope::text {\n")
    print("// clang-format off")
    print("const UnicodeRange UnicodeRanges[] = {")
    line = "   "
    for first, last, value in ranges:
        entry = f" {{0x{first:x},0x{last:x},{value}}},"
        if len(line) + len(entry) > 118:
            print(line)
            line = "   "
        line += entry
    print(line)
    print("};")
    print("// clang-format on\n")
    print(f"const std::size_t UnicodeRangeCount = {len(ranges)};\n")
    print("} // namespace ahascope::text")


main()
