#include "core/pipeline/build_id.h"

namespace ahascope::pipeline {

std::string buildId()
{
    return AHASCOPE_VERSION " " AHASCOPE_REVISION;
}

} // namespace ahascope::pipeline
