// A Jinja template as transformers renders chat templates: trim_blocks, lstrip_blocks, loop controls, {% generation %},
// the immutable sandbox. The language is Jinja 3.1's; what of it is not supported is refused by name.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/text/jinja/value.h"

namespace ahascope::text::jinja {

struct RenderOptions {
    std::chrono::sys_days today; // what strftime_now() says
    Limits limits = {};
};

// Immutable; any number of threads may render one.
class Template {
public:
    // Throws InputError that names `where` and the line, counted from `firstLine`: what is no template or more than
    // 1 MiB.
    static Template parse(std::string_view source, const std::string& where, int firstLine = 1);

    // `variables` has names as keys. Throws InputError that names the line: what the template itself refuses, what is
    // not defined or not supported, and what takes more than the limits allow.
    std::string render(const Entries& variables, const RenderOptions& options) const;

private:
    struct Tree;
    std::shared_ptr<const Tree> m_tree;
    std::string m_where;
    int m_firstLine = 1;
};

} // namespace ahascope::text::jinja
