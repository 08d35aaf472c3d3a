// A completion as a document: prompt, thinking and answer apart, words marked.
#pragma once

#include <QPalette>
#include <QTextDocument>

#include "ui/models/reader_content.h"

namespace ahascope::ui {

enum class ReaderMode { Reading, Tokens, LogProbability, Entropy };

struct ReaderLook {
    ReaderMode mode = ReaderMode::Reading;
    bool prompt = true; // show it
    bool reflections = true;
    bool languages = true;
    bool judged = true; // the answer is tinted as right or wrong
};

void fillReader(QTextDocument& document, const ReaderMember& member, const ReaderLook& look, const QPalette& palette);

// 0 to 1: how unlikely a token was (1: e^-5 or less), how undecided the model was (1: 3 nats or more).
double heatOf(const ReaderToken& token, ReaderMode mode);

} // namespace ahascope::ui
