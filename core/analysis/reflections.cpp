#include "core/analysis/reflections.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/analysis/words.h"
#include "core/text/utf8.h"

namespace ahascope::analysis {

namespace {

using enum ReflectionKind;

struct Form {
    std::string_view word;
    std::string_view marker;
    ReflectionKind kind;
};

// Sorted by word.
constexpr std::array forms{
    Form{"but", "but", Contrast},
    Form{"check", "check", Verification},
    Form{"checked", "check", Verification},
    Form{"checking", "check", Verification},
    Form{"checks", "check", Verification},
    Form{"error", "error", Error},
    Form{"errors", "error", Error},
    Form{"evaluate", "evaluate", Verification},
    Form{"evaluated", "evaluate", Verification},
    Form{"evaluates", "evaluate", Verification},
    Form{"evaluating", "evaluate", Verification},
    Form{"evaluation", "evaluate", Verification},
    Form{"evaluations", "evaluate", Verification},
    Form{"however", "however", Contrast},
    Form{"mistake", "mistake", Error},
    Form{"mistaken", "mistake", Error},
    Form{"mistakenly", "mistake", Error},
    Form{"mistakes", "mistake", Error},
    Form{"mistook", "mistake", Error},
    Form{"recheck", "check", Verification},
    Form{"rechecked", "check", Verification},
    Form{"rechecking", "check", Verification},
    Form{"rechecks", "check", Verification},
    Form{"reevaluate", "evaluate", Verification},
    Form{"reevaluated", "evaluate", Verification},
    Form{"reevaluates", "evaluate", Verification},
    Form{"reevaluating", "evaluate", Verification},
    Form{"reevaluation", "evaluate", Verification},
    Form{"retried", "retry", Reconsider},
    Form{"retries", "retry", Reconsider},
    Form{"retry", "retry", Reconsider},
    Form{"retrying", "retry", Reconsider},
    Form{"reverify", "verify", Verification},
    Form{"verification", "verify", Verification},
    Form{"verifications", "verify", Verification},
    Form{"verified", "verify", Verification},
    Form{"verifies", "verify", Verification},
    Form{"verify", "verify", Verification},
    Form{"verifying", "verify", Verification},
    Form{"wait", "wait", Reconsider},
    Form{"waited", "wait", Reconsider},
    Form{"waiting", "wait", Reconsider},
    Form{"waits", "wait", Reconsider},
    Form{"wrong", "wrong", Error},
    Form{"wrongly", "wrong", Error},
};
static_assert(std::is_sorted(forms.begin(), forms.end(), [](const Form& a, const Form& b) { return a.word < b.word; }));

// A Chinese word and the characters beside it that make it part of another word.
struct ChineseForm {
    std::string_view word;
    ReflectionKind kind;
    std::u32string_view notAfter;
    std::u32string_view notBefore;
};

// Longer words before their beginnings. "Again" with a verb of checking is one reflection, as "recheck" is.
constexpr std::array chineseForms{
    ChineseForm{"重新检查", Verification, U"", U""}, ChineseForm{"重新验证", Verification, U"", U""},
    ChineseForm{"重新评估", Verification, U"", U""}, ChineseForm{"重新", Reconsider, U"", U""},
    ChineseForm{"再检查", Verification, U"", U""}, ChineseForm{"再验证", Verification, U"", U""},
    ChineseForm{"再试", Reconsider, U"", U""}, ChineseForm{"再試", Reconsider, U"", U""},
    ChineseForm{"重试", Reconsider, U"", U""}, ChineseForm{"重試", Reconsider, U"", U""},
    ChineseForm{"等一下", Reconsider, U"", U""}, ChineseForm{"等一等", Reconsider, U"", U""},
    ChineseForm{"稍等", Reconsider, U"", U""},
    ChineseForm{"等等", Reconsider, U"", U""}, // "and so on" after a noun, see isAndSoOn()
    ChineseForm{"检查", Verification, U"", U""}, ChineseForm{"檢查", Verification, U"", U""},
    ChineseForm{"验证", Verification, U"", U""}, ChineseForm{"驗證", Verification, U"", U""},
    ChineseForm{"验算", Verification, U"", U""}, ChineseForm{"驗算", Verification, U"", U""},
    ChineseForm{"核对", Verification, U"", U""}, ChineseForm{"核實", Verification, U"", U""},
    ChineseForm{"核实", Verification, U"", U""}, ChineseForm{"评估", Verification, U"", U""},
    ChineseForm{"不对", Error, U"", U"称等应"}, // asymmetric, unequal
    ChineseForm{"不對", Error, U"", U"稱等應"}, ChineseForm{"错误", Error, U"", U""},
    ChineseForm{"錯誤", Error, U"", U""}, ChineseForm{"有误", Error, U"没沒", U""},
    ChineseForm{"错了", Error, U"不没", U""}, ChineseForm{"錯了", Error, U"不沒", U""},
    ChineseForm{"错", Error, U"不没交", U"位排开过"}, // not bad, right indeed, alternate, derangement
    ChineseForm{"錯", Error, U"不沒交", U"位排開過"}, ChineseForm{"但是", Contrast, U"", U""},
    ChineseForm{"然而", Contrast, U"", U""}, ChineseForm{"可是", Contrast, U"", U""},
    ChineseForm{"不过", Contrast, U"只超", U""}, ChineseForm{"不過", Contrast, U"只超", U""},
    ChineseForm{"但", Contrast, U"不非", U"凡"}, // not only, as long as
};

const Form* formOf(std::string_view word)
{
    const auto found = std::lower_bound(
        forms.begin(), forms.end(), word, [](const Form& form, std::string_view wanted) { return form.word < wanted; });
    return found != forms.end() && found->word == word ? &*found : nullptr;
}

// The code point that ends right before byte `at`; none at the beginning.
std::optional<char32_t> codePointBefore(std::string_view text, std::size_t at)
{
    std::size_t begin = at;
    while (begin > 0 && at - begin < 4) {
        --begin;
        if ((static_cast<unsigned char>(text[begin]) & 0xC0) != 0x80) {
            return text::codePointAt(text, begin).value;
        }
    }
    return std::nullopt;
}

std::optional<char32_t> codePointFrom(std::string_view text, std::size_t at)
{
    return at < text.size() ? std::optional(text::codePointAt(text, at).value) : std::nullopt;
}

bool holds(std::u32string_view set, std::optional<char32_t> codePoint)
{
    return codePoint && set.find(*codePoint) != std::u32string_view::npos;
}

// "..., apples and so on": the same two characters as "wait, wait", but right after another word.
bool isAndSoOn(std::string_view word, std::optional<char32_t> before)
{
    return word == "等等" && before && isHan(*before);
}

const ChineseForm* chineseFormAt(std::string_view text, std::size_t at)
{
    for (const ChineseForm& form : chineseForms) {
        if (text.substr(at, form.word.size()) != form.word) {
            continue;
        }
        const auto before = codePointBefore(text, at);
        const bool other = holds(form.notAfter, before)
            || holds(form.notBefore, codePointFrom(text, at + form.word.size())) || isAndSoOn(form.word, before);
        return other ? nullptr : &form;
    }
    return nullptr;
}

} // namespace

std::string_view toString(ReflectionKind kind)
{
    switch (kind) {
    case Reconsider:
        return "reconsider";
    case Contrast:
        return "contrast";
    case Error:
        return "error";
    case Verification:
        break;
    }
    return "verification";
}

std::vector<Reflection> findReflections(std::string_view text)
{
    std::vector<Reflection> found;
    WordScanner scanner(text);
    while (const auto stop = scanner.next()) {
        if (!stop->isHan) {
            if (const Form* form = formOf(stop->word)) {
                found.push_back({stop->at, form->marker, form->kind});
            }
        } else if (const ChineseForm* form = chineseFormAt(text, stop->at.begin)) {
            const std::size_t end = stop->at.begin + form->word.size();
            found.push_back({{stop->at.begin, end}, form->word, form->kind});
            scanner.resume(end);
        }
    }
    return found;
}

} // namespace ahascope::analysis
