// How the interpreter enters and leaves the blocks of a template.
#pragma once

#include <utility>

#include "core/text/jinja/interpreter.h"

namespace ahascope::text::jinja {

class Interpreter::Inside {
public:
    Inside(Interpreter& interpreter, ScopePtr parent)
        : m_interpreter(interpreter)
        , m_outside(std::exchange(interpreter.m_scope, std::make_shared<Scope>(std::move(parent))))
    {
    }
    ~Inside() { m_interpreter.m_scope = std::move(m_outside); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

private:
    Interpreter& m_interpreter;
    ScopePtr m_outside;
};

} // namespace ahascope::text::jinja
