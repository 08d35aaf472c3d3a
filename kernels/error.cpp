#include "kernels/error.h"

namespace ahascope::kernels {

void expect(bool holds, const char* message, std::source_location place)
{
    if (holds) [[likely]]
        return;
    throw std::logic_error(std::string(message) + " (" + place.file_name() + ":" + std::to_string(place.line()) + ", "
        + place.function_name() + ")");
}

} // namespace ahascope::kernels
