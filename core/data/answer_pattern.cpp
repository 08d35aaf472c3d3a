#include "core/data/answer_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/problem.h"
#include "core/text/white_space.h"

namespace ahascope::data {

namespace {

constexpr std::uint32_t mostMatchSteps = 1'000'000;
constexpr std::uint32_t mostDepth = 10'000;
constexpr std::uint32_t mostHeapKiB = 16 * 1024;
constexpr std::size_t longestPattern = 4096;

} // namespace

struct AnswerPattern::Compiled {
    pcre2_code* code = nullptr;
    pcre2_match_context* context = nullptr;
    pcre2_match_data* match = nullptr;

    ~Compiled()
    {
        pcre2_match_data_free(match);
        pcre2_match_context_free(context);
        pcre2_code_free(code);
    }
};

AnswerPattern::AnswerPattern(const std::string& pattern)
{
    if (pattern.empty()) {
        return;
    }
    if (pattern.size() > longestPattern) {
        throw InputError(
            {"answer_pattern", "is longer than " + std::to_string(longestPattern) + " bytes", "shorten it"});
    }
    int error = 0;
    PCRE2_SIZE offset = 0;
    auto compiled = std::make_unique<Compiled>();
    compiled->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
        PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
    if (compiled->code == nullptr) {
        PCRE2_UCHAR message[256] = {};
        pcre2_get_error_message(error, message, sizeof message);
        throw InputError({"answer_pattern",
            "\"" + pattern + "\" is not a regular expression: " + reinterpret_cast<const char*>(message)
                + " at character " + std::to_string(offset + 1),
            "put a \\ before signs that are meant as they are"});
    }
    compiled->context = pcre2_match_context_create(nullptr);
    compiled->match = pcre2_match_data_create_from_pattern(compiled->code, nullptr);
    pcre2_set_match_limit(compiled->context, mostMatchSteps);
    pcre2_set_depth_limit(compiled->context, mostDepth);
    pcre2_set_heap_limit(compiled->context, mostHeapKiB);
    m_compiled = std::move(compiled);
}

AnswerPattern::~AnswerPattern() = default;
AnswerPattern::AnswerPattern(AnswerPattern&&) noexcept = default;
AnswerPattern& AnswerPattern::operator=(AnswerPattern&&) noexcept = default;

std::optional<std::string> AnswerPattern::find(std::string_view text) const
{
    if (!m_compiled) {
        return std::string(text);
    }
    const int groups = pcre2_match(m_compiled->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0,
        m_compiled->match, m_compiled->context);
    if (groups < 0) {
        return std::nullopt;
    }
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(m_compiled->match);
    const std::size_t group = groups > 1 ? 1 : 0;
    const PCRE2_SIZE begin = offsets[2 * group];
    const PCRE2_SIZE end = offsets[2 * group + 1];
    if (begin == PCRE2_UNSET || begin > end) {
        return std::nullopt;
    }
    return std::string(text::trim(text.substr(begin, end - begin)));
}

} // namespace ahascope::data
