#include "core/store/store_error.h"

namespace ahascope::store {

namespace {

std::string describe(const std::filesystem::path& file, const std::string& what, const std::string& remedy)
{
    std::string text = file.string() + ": " + what;
    return remedy.empty() ? text : text + " (" + remedy + ")";
}

} // namespace

StoreError::StoreError(Kind kind, const std::filesystem::path& file, const std::string& what, const std::string& remedy)
    : std::runtime_error(describe(file, what, remedy))
    , m_kind(kind)
    , m_file(file)
{
}

} // namespace ahascope::store
