#include "core/text/jinja/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.h"
#include "core/text/jinja/json_value.h"

namespace ahascope::text::jinja {
namespace {

using testing::HasSubstr;

constexpr std::chrono::sys_days today = std::chrono::year(2026) / std::chrono::November / 24;

std::string render(const std::string& source, const std::string& variables = "{}", const Limits& limits = {})
{
    return Template::parse(source, "t").render(valueOfJson(variables, "json").asDict()->entries, {today, limits});
}

Problem problemOf(const std::string& source, const std::string& variables = "{}", const Limits& limits = {})
{
    try {
        const std::string text = render(source, variables, limits);
        ADD_FAILURE() << "rendered: " << text.substr(0, 200);
    } catch (const InputError& error) {
        return error.problems().front();
    }
    return {};
}

std::string repeated(const std::string& text, int times)
{
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

TEST(Template, DropsTheLineEndAfterABlockAndTheIndentBeforeIt)
{
    EXPECT_EQ(render("a\n  {% if true %}\n  b\n  {% endif %}\nc\n"), "a\n  b\nc");
    EXPECT_EQ(render("a  {{- ' b' -}}  \n c"), "a bc");
    EXPECT_EQ(render("  {%+ if true %}b{% endif +%}\nc"), "  b\nc");
    EXPECT_EQ(render("x\r\n{# note #}\r\ny"), "x\ny");
}

TEST(Template, KeepsWhatARawBlockHolds)
{
    EXPECT_EQ(render("{% raw %}{{ a }}{# b #}{% endraw %}"), "{{ a }}{# b #}");
}

TEST(Template, WritesValuesAsPythonDoes)
{
    EXPECT_EQ(render("{{ [true, none, 1.0, 'it', \"it's\", (1,)] }}"), "[True, None, 1.0, 'it', \"it's\", (1,)]");
    EXPECT_EQ(render("{{ 1e16 }} {{ 1e-5 }} {{ 123456789.125 }} {{ 0.0001 }}"), "1e+16 1e-05 123456789.125 0.0001");
    EXPECT_EQ(render("{{ '\\x00\\u200b' | list }}"), "['\\x00', '\\u200b']");
}

TEST(Template, KeepsKeysInTheirOrderAndCharactersAsTheyAre)
{
    EXPECT_EQ(render("{{ x | tojson }}", R"({"x": {"z": "<é>", "a": [1, null]}})"), R"({"z": "<é>", "a": [1, null]})");
    EXPECT_EQ(render("{{ x | tojson(ensure_ascii=true) }}", R"({"x": "é👍"})"), R"("\u00e9\ud83d\udc4d")");
}

TEST(Template, LetsLoopsReadOuterNamesAndSetOnlyTheirOwn)
{
    EXPECT_EQ(render("{% set x = 0 %}{% for i in [1, 2] %}{{ x }}{% set x = i %}{{ x }}{% endfor %}{{ x }}"), "01020");
    EXPECT_EQ(
        render("{% set n = namespace(x=0) %}{% for i in [1, 2] %}{% set n.x = n.x + i %}{% endfor %}{{ n.x }}"), "3");
}

TEST(Template, RunsElseOfALoopThatWasCutShortAtOnceAsJinjaDoes)
{
    EXPECT_EQ(render("{% for i in [1, 2] %}{% break %}{% else %}e{% endfor %}"), "e");
    EXPECT_EQ(render("{% for i in [1, 2] %}{{ i }}{% else %}e{% endfor %}"), "12");
}

TEST(Template, GivesAGeneratorsItemsOnce)
{
    EXPECT_EQ(render("{% set g = [1, 2] | map('string') %}{{ g | join }}|{{ g | join }}"), "12|");
}

TEST(Template, SaysTheDateItIsGiven)
{
    EXPECT_EQ(render("{{ strftime_now('%d %b %Y') }}"), "24 Nov 2026");
}

TEST(Template, NamesTheLineOfWhatItCannotRead)
{
    const std::pair<const char*, const char*> cases[] = {{"a\n{% if x %}", "t: line 2"}, {"\n\n{{ 1 + }}", "t: line 3"},
        {"{% for %}", "t: line 1"}, {"a\n{{ x | no_such }}", "t: line 2"}, {"{% include 'x' %}", "t: line 1"},
        {"\n{# open", "t: line 2"}, {"{{ 'open }}", "t: line 1"}, {"{% endif %}", "t: line 1"},
        {"{{ (1] }}", "t: line 1"}, {"{% break %}", "t: line 1"}, {"{% set 1 = 2 %}", "t: line 1"},
        {"{% macro f(a=1, b) %}{% endmacro %}", "t: line 1"}};
    for (const auto& [source, where] : cases)
        EXPECT_EQ(problemOf(source).where, where) << source;
}

TEST(Template, NamesTheLineOfWhatItCannotRender)
{
    const std::pair<const char*, const char*> cases[] = {{"\n{{ missing.deep }}", "'missing' is undefined"},
        {"\n{{ 1 / 0 }}", "divided by zero"}, {"\n{{ 'a' + 1 }}", "cannot be added"},
        {"\n{{ raise_exception('only\\none') }}", "the template refuses: only\none"},
        {"\n{{ [].append(1) }}", "append"}, {"\n{{ 'a'.encode() }}", "encode"}, {"\n{{ x() }}", "'x' is undefined"},
        {"\n{{ 9223372036854775807 + 1 }}", "64 bits"}, {"\n{{ {[]: 1} }}", "key"},
        {"\n{% set x.y = 1 %}", "namespace"}, {"\n{% set a, b = [1] %}", "1 values"}};
    for (const auto& [source, message] : cases) {
        const Problem problem = problemOf(source);
        EXPECT_EQ(problem.where, "t: line 2") << source;
        EXPECT_THAT(problem.message, HasSubstr(message));
    }
}

TEST(Template, HasNoWayIntoTheHost)
{
    EXPECT_EQ(render("{{ ''.__class__ }}{{ x.__init__ }}{{ [].__len__ }}", R"({"x": {}})"), "");
    EXPECT_THAT(problemOf("{{ ''.__class__.__mro__ }}").message, HasSubstr("__class__"));
    EXPECT_THAT(problemOf("{{ cycler.__init__.__globals__ }}").message, HasSubstr("__init__"));
    EXPECT_THAT(problemOf("{% set n = namespace(_a=1) %}").message, HasSubstr("_a"));
}

TEST(Template, EndsWhatTakesTooManySteps)
{
    const Limits few{.steps = 10'000};
    EXPECT_THAT(
        problemOf("{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}", "{}", few).message,
        HasSubstr("steps"));
    EXPECT_THAT(
        problemOf(
            "{% set n = namespace(a=[1]) %}{% for i in range(99) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a }}",
            "{}", {.steps = 100'000})
            .message,
        HasSubstr("steps"));
}

TEST(Template, EndsWhatGrowsTooLarge)
{
    const Limits small{.bytes = 4u << 20, .output = 1u << 20};
    for (const char* source : {"{{ 'ab' * 99999999 }}", "{{ [0] * 99999999 }}", "{{ 'a'.ljust(999999999) }}",
             "{% set n = namespace(a='x') %}{% for i in range(99) %}{% set n.a = n.a ~ n.a %}{% endfor %}",
             "{{ ('a' * 1000).replace('a', 'b' * 10000) }}", "{{ 'x' | indent(99999999) }}"})
        EXPECT_THAT(problemOf(source, "{}", small).message, HasSubstr("MiB")) << source;
    EXPECT_THAT(problemOf("{{ range(1000000) }}").message, HasSubstr("100000"));
}

TEST(Template, EndsWhatNestsTooDeep)
{
    EXPECT_THAT(problemOf("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}").message, HasSubstr("nests"));
    EXPECT_THAT(problemOf("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}").message, HasSubstr("nests"));
    EXPECT_THAT(
        problemOf("{% set n = namespace(a=1) %}{% for i in range(9999) %}{% set n.a = [n.a] %}{% endfor %}").message,
        HasSubstr("deep"));
    EXPECT_THAT(problemOf("{{ " + repeated("(", 9999) + "1" + repeated(")", 9999) + " }}").message, HasSubstr("deep"));
    EXPECT_THAT(problemOf("{{ " + repeated("not ", 9999) + "1 }}").message, HasSubstr("deep"));
    EXPECT_THAT(problemOf("{{ 1" + repeated("+1", 9999) + " }}").message, HasSubstr("chains"));
    EXPECT_THAT(problemOf(repeated("{% if 1 %}", 9999)).message, HasSubstr("deep"));
}

TEST(Template, RefusesWhatIsTooLargeOrNotUtf8)
{
    EXPECT_THAT(problemOf(std::string((1 << 20) + 1, 'x')).message, HasSubstr("1 MiB"));
    EXPECT_THAT(problemOf("\xff").message, HasSubstr("UTF-8"));
    EXPECT_THAT(problemOf(repeated("{{a}}", 200'000)).message, HasSubstr("words"));
}

TEST(JsonValue, RefusesWhatIsNoJsonOrNestsTooDeep)
{
    for (const std::string& text : {std::string("{\"a\": "), repeated("[", 100), std::string("18446744073709551615")})
        EXPECT_THROW(valueOfJson(text, "json"), InputError) << text;
    EXPECT_EQ(render("{{ a }}", R"({"a": 1, "a": 2})"), "2"); // as Python, the last of two
}

} // namespace
} // namespace ahascope::text::jinja
