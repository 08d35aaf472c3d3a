// What a file or folder is that someone opens or drops on the window.
#pragma once

#include <QString>

namespace ahascope::ui {

enum class GivenKind { Experiment, RunFolder, Dataset, Model, Unknown };

// Looks at the name and, for folders, at what lies inside. Opens nothing.
GivenKind kindOf(const QString& path);

// "an experiment", for messages.
QString describe(GivenKind kind);

} // namespace ahascope::ui
