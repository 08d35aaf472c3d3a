// The schemas of the parts of an experiment, for experiment_schema.cpp.
#pragma once

#include <string>
#include <vector>

#include "core/config/schema.h"

namespace ahascope::config {

Schema modelSchema();
Schema templateSchema();
Schema dataSchema();
Schema ruleSchema(const Rule& rule);    // fields by the rule's type
Schema stageSchema(const Stage& stage); // fields by the stage's type

std::vector<std::string> ruleTypeNames();
std::vector<std::string> stageTypeNames();
Rule makeRule(const std::string& type);
Stage makeStage(const std::string& type);
NamedData makeNamedData(const std::string& name);

// The field of an option in a bag; `bag` finds the bag in the object. A value equal to the fallback is not kept.
Field optionField(std::string name, const OptionValue& fallback, std::string help, std::vector<std::string> choices,
    std::function<Options&(void* object)> bag);

// Names are parts of metric names, of paths and of file names.
bool isName(std::string_view text); // letters, digits, - and _
extern const char* const nameRemedyText;

} // namespace ahascope::config
