// A template filled with rows of the experiment's data, as the model will see it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config/experiment.h"
#include "core/pipeline/preflight.h"
#include "core/problem.h"

namespace ahascope::ui {

struct PreviewRow {
    std::string question;
    std::string answer;
    std::vector<std::pair<std::string, std::string>> columns;
    std::string prompt;
    std::vector<pipeline::TokenPiece> tokens; // empty when there is no tokenizer
};

struct TemplatePreview {
    std::vector<PreviewRow> rows;
    std::vector<std::string> columnNames; // that the template may name
    std::vector<std::string> stop;
    std::string prefill;
    std::vector<Problem> problems; // of the template
    std::string noTokens;          // why there are none
};

// An answer to the row's problem that is right: an expression for a Countdown row (columns numbers and target, at most
// 4 numbers), else the answer of the data.
std::string workingAnswer(const PreviewRow& row);

// Reads at most `rows` rows of data.train. Never throws for bad input. For the checking thread: may take a moment.
TemplatePreview previewTemplate(const config::Experiment& experiment, int rows);

} // namespace ahascope::ui
