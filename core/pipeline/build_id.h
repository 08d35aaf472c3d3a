// Which build of the program this is.
#pragma once

#include <string>

namespace ahascope::pipeline {

// "0.1.0 1a2b3c4": version and revision of the sources, with "-dirty" behind it where they were changed.
std::string buildId();

} // namespace ahascope::pipeline
