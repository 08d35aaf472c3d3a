"""Texts and tokenizer variants on which our tokenizer is compared with Hugging Face tokenizers."""
import random

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
DEEPSEEK3 = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
).replace(r"\"", '"')
TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CJK3 = "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"
CODER_CJK = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"


def byte_level(prefix=False, regex=False):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def split(expression):
    return {"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated", "invert": False}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def digits(individual):
    return {"type": "Digits", "individual_digits": individual}


PRE_TOKENIZERS = {
    "gpt2": byte_level(False, True),
    "gpt2_split": sequence(split(GPT2), byte_level()),
    "qwen2": sequence(split(QWEN2), byte_level()),
    "llama3": sequence(split(LLAMA3), byte_level()),
    "deepseek3": sequence(split(r"\p{N}{1,3}"), split(CJK3), split(DEEPSEEK3), byte_level()),
    "deepseek_coder": sequence(
        split(r"[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split(CODER_CJK), digits(True), byte_level()
    ),
    "line_ends": sequence(split(r"\s+$"), split("[^a]"), byte_level()),
    "smollm2": sequence(digits(True), byte_level(False, True)),
    "prefix_space": sequence(digits(False), byte_level(True, True)),
    "no_split": byte_level(),
    "tekken": sequence(split(TEKKEN), byte_level()),
}

# content, single_word, lstrip, rstrip, normalized, special
ADDED = [
    ("<|end|>", False, False, False, False, True),
    ("<a>", True, True, False, False, False),
    ("<b>", False, False, True, False, True),
    ("w\u00f6rd", True, False, False, True, False),
    ("e\u0301x", False, False, False, True, False),
    ("<a>b", False, False, False, False, False),
    (" 12", False, False, False, False, False),
    ("\u4e2d", False, True, True, True, True),
]

FRAGMENTS = (
    [" ", "  ", "\n", "\r\n", "\t", "\n\n", " \n", "'s", "'S", "'re", "'LL", "'ve", "'\u017f", "\u017f", "'", "1", "12"]
    + ["123", "1234", "\u0663", "\u00b2", "\u2167", "\u00bd", "\u00e9", "e\u0301", "\u4e2d", "\u6587\u5b57", "\u304b\u306a"]
    + ["\u30fc", "\ud55c\uad6d\uc5b4", "\U0001f44d\U0001f3fd", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u200d"]
    + ["\u200b", "\xa0", "\u3000", "\u2028", "\x00", "\x7f", "!", "!!", "...", "\u2014", "\xab", "\u20ac", "a", "the"]
    + [" The", "foo", "BAR", "x" * 20, " " * 17, "\n" * 5, "\u2014" * 3, "\u0300", "\u0323\u0301", "\u1112\u1161\u11ab"]
    + ["\u0958", "\u2126", "\ufb01", "\ufffd", "\ue000", "\U0001e900", "\u0e33", "\u0915\u094d\u0937\u093f", "\u05e9"]
    + ["camelCase", "HTTPServer", "\u02b0", "\u01c5", "A\u02b0B", "\u0301A", "//\n", "\u2581", "\u2581\u2581the", "<0x0A>"]
    + ["\u0645\u0631\u062d\u0628\u0627", "\u0344", "q\u0307\u0323", "_", "a_b", "<", ">", "\u0898\u0323", "def f(x):"]
    + [content for content, *_ in ADDED]
)

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def texts(seed, count, real=(), code="", fragments=()):
    """Bytes: fragments, any and low code points, random bytes, ASCII; and pieces of `real` texts and of `code`."""
    choose = random.Random(seed)
    known = FRAGMENTS + list(fragments) * 4

    def one():
        kind = choose.random()
        if real and kind < 0.3:
            text = choose.choice(real)
            at = choose.randrange(len(text))
            return text[at : at + choose.randrange(1, 400)].encode()
        if code and kind < 0.4:
            at = choose.randrange(len(code))
            return code[at : at + 300].encode()
        kind = choose.random()
        if kind < 0.5:
            return "".join(choose.choice(known) for _ in range(choose.randrange(1, 25))).encode()
        if kind < 0.65:
            return "".join(chr(choose.choice(CODE_POINTS)) for _ in range(choose.randrange(1, 20))).encode()
        if kind < 0.8:
            return "".join(chr(choose.randrange(0x3000)) for _ in range(choose.randrange(1, 30))).encode()
        if kind < 0.9:
            return bytes(choose.randrange(256) for _ in range(choose.randrange(1, 50)))
        return "".join(chr(choose.randrange(128)) for _ in range(choose.randrange(1, 60))).encode()

    for _ in range(count):
        yield one()


def added_tokens(first_id):
    names = ("content", "single_word", "lstrip", "rstrip", "normalized", "special")
    return [{"id": first_id + i, **dict(zip(names, token))} for i, token in enumerate(ADDED)]
