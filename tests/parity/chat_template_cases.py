"""Chat templates written in the manner of the model families, and conversations to render with them."""

SYSTEM_FIRST = """{%- if messages[0]['role'] == 'system' %}
    {{- '<|begin|>system\\n' + messages[0]['content'] + '<|end|>\\n' }}
{%- else %}
    {{- '<|begin|>system\\nYou help.<|end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|begin|>' + message.role + '\\n' + message.content + '<|end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|begin|>' + message.role }}
        {%- if message.content %}
            {{- '\\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\\n<call>\\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\\n</call>' }}
        {%- endfor %}
        {{- '<|end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|begin|>user' }}
        {%- endif %}
        {{- '\\n<result>\\n' }}
        {{- message.content }}
        {{- '\\n</result>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if tools %}{{ "# Tools: " ~ tools|length }}{% for tool in tools %}{{ "\\n" }}{{ tool | tojson }}{% endfor %}{% endif %}
{%- if add_generation_prompt %}
    {{- '<|begin|>assistant\\n' }}
{%- endif %}
"""

THINKING = """{%- set ns = namespace(multi_step=true, last_query=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step and message.role == "user" and message.content is string and not(message.content.startswith('<result>') and message.content.endswith('</result>')) %}
        {%- set ns.multi_step = false %}
        {%- set ns.last_query = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if message.role == "assistant" %}
        {%- set reasoning = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning = message.reasoning_content %}
        {%- elif '</think>' in content %}
            {%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query and (loop.last or (not loop.last and reasoning)) %}
            {{- '<|a|>\\n<think>\\n' + reasoning.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|a|>\\n' + content }}
        {%- endif %}
        {{- '<|e|>\\n' }}
    {%- else %}
        {{- '<|' + message.role[0] + '|>\\n' + content + '<|e|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|a|>\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""

HEADERS = """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{#- The system message, taken out of the conversation. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|head|>system<|/head|>\\n\\nToday: " + date_string + "\\n\\n" }}
{%- if tools is not none and tools is defined %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|head|>' + message['role'] + '<|/head|>\\n\\n'+ message['content'] | trim + '<|eot|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '<|head|>assistant<|/head|>\\n\\n' -}}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|head|>ipython<|/head|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|head|>assistant<|/head|>\\n\\n' }}
{%- endif %}
"""

INSTRUCTIONS = """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("conversation roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- "[TOOL_CALLS] [" }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function|tojson %}
            {{- out[:-1] }}
            {%- if not tool_call.id is defined or tool_call.id|length != 9 %}
                {{- raise_exception("Tool call IDs should be alphanumeric strings with length 9!") }}
            {%- endif %}
            {{- ', "id": "' + tool_call.id + '"}' }}
        {%- endfor %}
        {{- "]" + eos_token }}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- elif message["role"] == "tool" %}
        {{- '[TOOL_RESULTS] {"content": ' + message.content|string + "}" }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported!") }}
    {%- endif %}
{%- endfor %}"""

ONE_LINE = """{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, is_output_first=true, system_prompt='') %}{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}{%- for message in messages %}{%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<User>' + message['content']}}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] is none %}{%- set ns.is_tool = false -%}{%- for tool in message['tool_calls']%}{%- if not ns.is_first %}{{'<Assistant><calls>' + tool['type'] + '<sep>' + tool['function']['name'] + '\\n' + '```json' + '\\n' + tool['function']['arguments']|tojson + '\\n' + '```'}}{%- set ns.is_first = true -%}{%- else %}{{'\\n' + tool['function']['name']}}{%- endif %}{%- endfor %}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] is not none %}{%- if ns.is_tool %}{{'<outputs/>' + message['content'] + '<eos>'}}{%- set ns.is_tool = false -%}{%- else %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{'<Assistant>' + content + '<eos>'}}{%- endif %}{%- endif %}{%- if message['role'] == 'tool' %}{%- set ns.is_tool = true -%}{%- if ns.is_output_first %}{{'<outputs><output>' + message['content'] + '</output>'}}{%- set ns.is_output_first = false %}{%- else %}{{'\\n<output>' + message['content'] + '</output>'}}{%- endif %}{%- endif %}{%- endfor -%}{% if ns.is_tool %}{{'<outputs/>'}}{% endif %}{% if add_generation_prompt and not ns.is_tool %}{{'<Assistant><think>\\n'}}{% endif %}"""

MACROS = """{%- macro render_content(content, joiner="") -%}
  {%- if content is none -%}{{- '' -}}
  {%- elif content is string -%}{{- content -}}
  {%- elif content is mapping -%}{{- content['text'] -}}
  {%- elif content is iterable -%}
    {%- for item in content -%}
      {%- if item.type == 'text' -%}{{- item['text'] -}}{{- joiner if not loop.last -}}{%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro -%}
{%- macro describe(tool, depth=0) -%}
{%- set spec = tool.function if tool.function is defined else tool -%}
{{ "  " * depth }}- {{ spec.name | upper }}: {{ spec.description | default("none given") | capitalize }}
{%- for name, field in (spec.parameters.properties if spec.parameters else {}) | dictsort %}
{{ "  " * (depth + 1) }}{{ name }}{{ "?" if name not in spec.parameters.get("required", []) else "" }}: {{ field.type | replace("string", "text") }}{{ " in " ~ field.enum | join("/") if field.enum }}
{%- endfor %}
{% endmacro -%}
{%- if messages and messages[0].role in ["system", "developer"] -%}
    {%- set first, rest = render_content(messages[0].content), messages[1:] -%}
{%- else -%}
    {%- set first, rest = "", messages -%}
{%- endif -%}
<start>{{ first | trim | title }}
{% if tools %}{% for tool in tools %}{{ describe(tool, depth=1) }}{% endfor %}{% endif %}
{%- for message in rest -%}
    {%- if message.role == "skip" -%}{%- continue -%}{%- endif -%}
    {%- if loop.index > 8 -%}{%- break -%}{%- endif -%}
    {%- set role = {"assistant": "model"}.get(message.role, message.role) -%}
    <turn {{ loop.cycle("odd", "even") }} {{ loop.revindex }}>{{ role }}{{ "!" if loop.changed(role) }}
{% generation %}{{ render_content(message.content, " | ") | trim }}{% endgeneration %}</turn>
{% else -%}
    nothing
{%- endfor -%}
{%- set tail -%}
{%- if add_generation_prompt %}<turn>model{% endif -%}
{%- endset -%}
{{ tail }}
"""

VALUES = """{{ true }} {{ none }} {{ 1.0 }} {{ 1e20 }} {{ 0.1 + 0.2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }}
{{ [1, 'a', "it's", none, {'k': (1,), 'u': "\\u00e9\\n"}] }} {{ ('a', 2) }} {{ {} }} {{ undefined_name }}|{{ messages[99] }}|
{% raw %}{{ kept }} {% raw %}{% endraw %}
{{ "abcdef"[1:-1] }} {{ "abcdef"[::-2] }} {{ [1,2,3,4][-2:] }} {{ "\\U0001f44d x"[0] }} {{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }}
   {% if true %}  left {% endif %}   
{%+ if true %}  kept {% endif +%}
{{ "a,b,,c".split(",") }} {{ " a  b ".split() }} {{ "a.b.c".rsplit(".", 1) }} {{ "x" ~ 1 ~ none ~ true ~ 2.5 }}
{{ "stra\\u00dfe \\u01c6 o'neil-x".title() }} {{ "\\u00dfA".capitalize() }} {{ "HELLO World" | title }} {{ "\\u03a3\\u03a3".lower() }}
{{ [3, 1, 2] | sort }} {{ ["b", "A", "c"] | sort(reverse=true) | join("-") }} {{ [1, 1.0, true, 2] | unique | list }}
{{ messages | map(attribute="role") | list }} {{ messages | map(attribute="missing", default="-") | join }}
{{ messages | rejectattr("role", "in", ["system", "tool"]) | map(attribute="content") | map("string") | map("length") | list }}
{{ {"b": 1, "a": [true, none, 1.5, "\\u00e9\\"<>&'\\n\\u0001"]} | tojson }} {{ {"b": {}, "a": []} | tojson(indent=2) }} {{ [1, {"a": 2}] | tojson(indent=None, separators=(",", ":")) }}
{{ "line one\\nline two\\n\\nend" | indent }}|{{ "a\\nb" | indent(2, first=true) }}|{{ 3.14159 | round(2) }} {{ 7 | round }} {{ "12" | int + 1 }} {{ "x" | int(5) }} {{ "2.5" | float }}
{{ range(5) | list }} {{ range(10, 0, -3) | list }} {{ "lower" is lower }} {{ 4 is divisibleby 2 }} {{ 3 is odd }} {{ "a" in "cat" }} {{ 5 not in [1, 2] }} {{ 1 is number and 1 is not float }}
{{ namespace(a=1, b="x") }} {{ dict(a=1, **{"b": 2}) }} {{ dict(a=1).items() | list }} {{ "%s is %d" | format("x", 3) }} {{ "%s-%s" % ("a", [1]) }}
{% for a, b in {"x": 1, "y": 2}.items() if b > 1 %}{{ loop.first }}{{ a }}{{ loop.length }}{% endfor %} {% for i in [] %}no{% else %}empty{% endfor %}
{% for node in [{"n": 1, "c": [{"n": 2, "c": []}]}] recursive %}[{{ node.n }}:{{ loop.depth }}{{ loop(node.c) }}]{% endfor %}
{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }} {% endfor %}{{ x }} {% filter upper | replace("B", "_") %}abc{% endfilter %} {% with a = 1, b = 2 %}{{ a + b }}{% endwith %}
{% macro outer(a, b=2) %}{{ a }}{{ b }}{{ caller("in") if caller }}{{ varargs }}{{ kwargs }}{% endmacro %}{% call(word) outer(1, 5, 6, z=7) %}<{{ word }}>{% endcall %} {{ [1, 2, 3, 4, 5] | batch(2, "-") | list }} {{ "a" if false }}.
{{ messages is sequence }}{{ messages is mapping }}{{ messages[0] is mapping }}{{ messages | last == messages[-1] }} {{ "\\tx\\u00a0 ".strip() }}| {{ "xxabxx".strip("x") }} {{ "a-b".replace("-", "+", 1) }} {{ "abc".find("c") }}
{{ ["a", "b"] | first }}{{ "z" | default("d") }}{{ none | default("d", true) }}{{ missing | d("e") }} {{ "<b>" | safe }} {{ "<b>" | e }} {{ 'single' 'joined' }} {{ 0x1 if false else 1_000 }}
"""

TEMPLATES = {
    "system first": SYSTEM_FIRST,
    "thinking": THINKING,
    "headers": HEADERS,
    "instructions": INSTRUCTIONS,
    "one line": ONE_LINE,
    "macros": MACROS,
    "values": VALUES.replace("{{ 0x1 if false else 1_000 }}", "{{ 1_000 }}"),
}

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "look up the weather \u2014 \u5929\u6c14 <now> & \"later\"",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "a city"},
                "unit": {"type": "string", "enum": ["c", "f"]},
                "Days": {"type": "integer", "default": 1.5},
            },
            "required": ["city"],
        },
    },
}
CALL = {"id": "abcdef123", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Z\u00fcrich", "n": None}}}


def turn(role, content, **more):
    return {"role": role, "content": content, **more}


CONVERSATIONS = {
    "one question": [turn("user", "What is 2 + 2?")],
    "system and turns": [
        turn("system", "  Be brief.\n"),
        turn("user", "Hi\u00a0\u4f60\u597d \U0001f44d"),
        turn("assistant", "<think>\n\nlet me see\n</think>\n\nHello\t"),
        turn("user", ""),
    ],
    "tools": [
        turn("user", "weather?"),
        turn("assistant", None, tool_calls=[CALL]),
        turn("tool", "{\"t\": 21}"),
        turn("tool", "cloudy", name="get_weather"),
        turn("assistant", "21 degrees"),
        turn("user", "thanks </think> a\r\nb"),
    ],
    "parts": [turn("user", [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}])],
    "reasoning": [turn("user", "why"), turn("assistant", "because", reasoning_content="\nI think\n")],
    "two calls": [turn("user", "x"), turn("assistant", "", tool_calls=[CALL, CALL]), turn("user", "y")],
    "wrong order": [turn("assistant", "first"), turn("skip", "z"), turn("user", "second")],
}
SETTINGS = [
    {"add_generation_prompt": True},
    {"add_generation_prompt": False, "tools": [WEATHER]},
    {"add_generation_prompt": True, "enable_thinking": False, "tools": [WEATHER, WEATHER]},
]
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


def cases():
    for template, source in TEMPLATES.items():
        for conversation, messages in CONVERSATIONS.items():
            for number, settings in enumerate(SETTINGS):
                variables = {"messages": messages, "tools": None, "documents": None, **TOKENS, **settings}
                yield f"{template}, {conversation}, {number}", source, variables
