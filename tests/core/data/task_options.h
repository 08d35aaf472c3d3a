// A built-in task with some options, for tests.
#pragma once

#include <memory>
#include <string>

#include "core/data/tasks/task.h"

namespace ahascope::data {

inline std::shared_ptr<const Task> makeTask(
    const std::string& type, const Options& options = {}, const Options& corpus = {})
{
    return findTaskType(type)->make(options, corpus);
}

} // namespace ahascope::data
