#include "core/text/jinja/template.h"

#include "core/problem.h"
#include "core/text/jinja/interpreter.h"
#include "core/text/jinja/parser.h"
#include "core/text/utf8.h"

namespace ahascope::text::jinja {

namespace {

constexpr std::size_t MostBytes = 1 << 20;

InputError problemOf(const Fault& fault, const std::string& where, int firstLine)
{
    return InputError(
        Problem{where + ": line " + std::to_string(firstLine + fault.line() - 1), fault.what(), fault.remedy()});
}

} // namespace

struct Template::Tree {
    Body body;
};

Template Template::parse(std::string_view source, const std::string& where, int firstLine)
{
    if (source.size() > MostBytes)
        throw InputError(Problem{where, "the chat template is larger than 1 MiB", "is this the right file?"});
    if (!isUtf8(source))
        throw InputError(Problem{where, "the chat template is not UTF-8", "save it as UTF-8"});
    try {
        Template parsed;
        parsed.m_tree = std::make_shared<const Tree>(Tree{Parser(tokenize(source)).parse()});
        parsed.m_where = where;
        parsed.m_firstLine = firstLine;
        return parsed;
    } catch (const Fault& fault) {
        throw problemOf(fault, where, firstLine);
    }
}

std::string Template::render(const Entries& variables, const RenderOptions& options) const
{
    try {
        return Interpreter(variables, options.limits, options.today).render(m_tree->body);
    } catch (const Fault& fault) {
        throw problemOf(fault, m_where, m_firstLine);
    }
}

} // namespace ahascope::text::jinja
