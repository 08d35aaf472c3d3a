"""Random small templates from a grammar of what chat templates use, mostly well typed."""

VARIABLES = {
    "n": 3,
    "f": 2.5,
    "yes": True,
    "nothing": None,
    "s": "Hello, W\u00f6rld! \u4f60\u597d",
    "t": " a b  c\n",
    "xs": [3, 1, 2],
    "ws": ["b", "A", "c", "b"],
    "d": {"k": "v", "a": 1, "list": [1, "two", None]},
    "messages": [
        {"role": "system", "content": "Be <b>brief</b>."},
        {"role": "user", "content": "Hi\n\u00e9"},
        {"role": "assistant", "content": "<think>x</think> y", "tool_calls": [{"name": "f", "arguments": {"q": 1.0}}]},
        {"role": "user", "content": ""},
    ],
}
NUMBERS = ["n", "1", "0", "-2", "7", "f", "2.0", "xs|length", "loop.index0", "loop.index", "xs[0]", "xs[-1]", "d.a",
           "messages|length", "(n + 1)", "s|length"]
TEXTS = ["s", "t", "'x'", "\"it's\"", "''", "d.k", "d['k']", "messages[0].content", "messages[-1]['role']",
         "ws[0]", "m.content", "m.role", "t.strip()", "s.upper()", "'a\\nb'", "messages[2].content.split('>')[-1]",
         "ws|join('-')", "n|string", "missing"]
LISTS = ["xs", "ws", "[1, 'a', none]", "messages", "d.list", "range(n)|list", "s.split(' ')", "xs[1:]", "ws[::-1]",
         "d.keys()|list", "messages|map(attribute='role')|list", "(1, 'b')", "[]", "ws|sort", "xs|reverse|list",
         "messages|selectattr('role', 'equalto', 'user')|list", "d.items()|list", "ws|unique|list"]
DICTS = ["d", "messages[0]", "{'z': 1, 'y': [true, 2.0]}", "{}", "messages[2].tool_calls[0].arguments", "dict(q=1)"]
ATOMS = ["nothing", "yes", "missing", "none", "true", "m", "loop.first", "loop.last", "missing.deep", "d.missing"]
TEXT_FILTERS = ["upper", "lower", "trim", "title", "capitalize", "length", "tojson", "replace('l', 'L')", "default('z')",
                "indent(2)", "list", "first", "last", "string", "e", "int", "float", "reverse", "wordcount", "d('q', true)"]
LIST_FILTERS = ["length", "join(', ')", "first", "last", "tojson", "list", "reverse|list", "string", "map('string')|list",
                "sort|list", "unique|list", "select|list", "reject('none')|list", "batch(2)|list", "tojson(indent=2)",
                "map('upper')|join", "min", "max", "sum", "select('string')|list"]
DICT_FILTERS = ["tojson", "items|list", "dictsort", "length", "list", "string", "tojson(indent=4)", "first"]
TESTS = ["defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number", "integer", "boolean",
         "true", "false", "not none", "not defined", "equalto 3", "in ['a', 'b']", "divisibleby 2", "odd", "even",
         "float", "lower", "upper", "callable", "eq 'x'", "gt 1"]
METHODS = ["strip()", "split()", "split('l')", "startswith('H')", "endswith('d')", "upper()", "title()", "lstrip()",
           "rstrip('d')", "replace('o', '0')", "splitlines()", "find('o')", "count('l')", "rsplit(' ', 1)", "isdigit()",
           "join(ws)", "capitalize()", "partition(' ')", "zfill(4)"]
SIGNS = ["", "-", "+"]
DATA = ["text", " ", "\n", "  \n  ", "\t", "a\n\n b", "{", "}}", "% ", "\u00e9", "\r\n", "x \n"]


def number(r, depth):
    kind = r.randrange(6) if depth > 0 else 0
    if kind < 3:
        return r.choice(NUMBERS)
    return f"({number(r, depth - 1)} {r.choice(['+', '-', '*', '/', '//', '%'])} {number(r, depth - 1)})"


def text(r, depth):
    kind = r.randrange(8) if depth > 0 else 0
    if kind < 3:
        return r.choice(TEXTS)
    if kind == 3:
        return f"({text(r, depth - 1)} ~ {expression(r, depth - 1)})"
    if kind == 4:
        return f"({text(r, depth - 1)} + {text(r, depth - 1)})"
    if kind == 5:
        return f"({text(r, depth - 1)}).{r.choice(METHODS)}"
    if kind == 6:
        a, b = (r.choice(["", "1", "-1", "2", "n"]) for _ in range(2))
        return f"({text(r, depth - 1)})[{a}:{b}{r.choice(['', ':2', ':-1'])}]"
    return f"({text(r, depth - 1)} | {r.choice(TEXT_FILTERS)})"


def condition(r, depth):
    kind = r.randrange(7)
    if kind == 0:
        return f"{expression(r, depth - 1)} is {r.choice(TESTS)}"
    if kind == 1:
        return f"{number(r, depth - 1)} {r.choice(['==', '!=', '<', '<=', '>', '>='])} {number(r, depth - 1)}"
    if kind == 2:
        return f"{text(r, depth - 1)} {r.choice(['in', 'not in'])} {r.choice([text, a_list])(r, depth - 1)}"
    if kind == 3 and depth > 0:
        return f"{condition(r, depth - 1)} {r.choice(['and', 'or'])} {condition(r, depth - 1)}"
    if kind == 4 and depth > 0:
        return f"not {condition(r, depth - 1)}"
    if kind == 5:
        return f"{text(r, depth - 1)} {r.choice(['==', '!='])} {text(r, depth - 1)}"
    return expression(r, depth - 1)


def a_list(r, depth):
    kind = r.randrange(5) if depth > 0 else 0
    if kind < 3:
        return r.choice(LISTS)
    if kind == 3:
        return f"({a_list(r, depth - 1)} + {a_list(r, depth - 1)})"
    return f"[{expression(r, depth - 1)}, {expression(r, depth - 1)}]"


def expression(r, depth):
    kind = r.randrange(10)
    if kind < 2:
        return number(r, depth)
    if kind < 4:
        return text(r, depth)
    if kind == 4:
        return f"({a_list(r, depth)} | {r.choice(LIST_FILTERS)})"
    if kind == 5:
        return f"({r.choice(DICTS)} | {r.choice(DICT_FILTERS)})"
    if kind == 6 and depth > 0:
        return f"({expression(r, depth - 1)} if {condition(r, depth - 1)} else {expression(r, depth - 1)})"
    if kind == 7:
        return a_list(r, depth)
    if kind == 8:
        return r.choice(DICTS)
    return r.choice(ATOMS)


def tag(r, inside):
    return "{%" + r.choice(SIGNS) + " " + inside + " " + r.choice(SIGNS) + "%}"


def statement(r, depth, in_loop):
    kind = r.randrange(14)
    if kind < 3 or depth == 0:
        return r.choice(DATA)
    if kind < 7:
        return "{{" + r.choice(["", "-"]) + " " + expression(r, 2) + " " + r.choice(["", "-"]) + "}}"
    if kind == 7:
        return (tag(r, f"if {condition(r, 2)}") + body(r, depth, in_loop)
                + (tag(r, f"elif {condition(r, 1)}") + body(r, depth, in_loop) if r.random() < 0.3 else "")
                + (tag(r, "else") + body(r, depth, in_loop) if r.random() < 0.5 else "") + tag(r, "endif"))
    if kind == 8:
        target, source = r.choice([("m", a_list(r, 1)), ("i", a_list(r, 1)), ("a, b", "d.items()"), ("m", "messages")])
        return (tag(r, f"for {target} in {source}" + (f" if {condition(r, 1)}" if r.random() < 0.3 else ""))
                + body(r, depth, True) + (tag(r, "else") + body(r, depth, in_loop) if r.random() < 0.2 else "")
                + tag(r, "endfor"))
    if kind == 9:
        return tag(r, f"set v{r.randrange(3)} = {expression(r, 2)}") + "{{ v0 }}{{ v1 }}"
    if kind == 10:
        return (tag(r, f"set ns = namespace(a={expression(r, 1)})") + tag(r, f"for i in {a_list(r, 0)}")
                + tag(r, f"set ns.a = {expression(r, 1)}") + tag(r, "endfor") + "{{ ns.a }}")
    if kind == 11:
        return (tag(r, "macro f(p, q='d')") + "[{{ p }}|{{ q }}]" + body(r, depth, False) + tag(r, "endmacro")
                + "{{ f(" + expression(r, 1) + r.choice(["", ", q=1", ", 2"]) + ") }}")
    if kind == 12:
        return r.choice(["{# a comment #}", "{#- c -#}\n", "{% raw %}{{ x }}\n{% endraw %}\n",
                         tag(r, "set w") + body(r, depth, False) + tag(r, "endset") + "{{ w|trim }}"])
    return tag(r, f"if {condition(r, 1)}") + tag(r, r.choice(["break", "continue"])) + tag(r, "endif") if in_loop else "."


def body(r, depth, in_loop):
    return "".join(statement(r, depth - 1, in_loop) for _ in range(r.randrange(1, 4)))


def template(r):
    return "".join(statement(r, 3, False) for _ in range(r.randrange(1, 5)))
