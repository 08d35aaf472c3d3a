// Where the shipped experiments, templates and help texts lie.
#pragma once

#include <QString>
#include <QStringList>

namespace ahascope::ui {

// $AHASCOPE_RESOURCES, else ../share/ahascope beside the program, else the resources folder above a build folder. Empty
// when there is none.
QString resourceFolder();

// "experiments/r1-zero-countdown.toml"; empty when it is not there.
QString resourceFile(const QString& name);

// Files of a sub-folder with an ending (".toml"), sorted, absolute.
QStringList resourceFiles(const QString& folder, const QString& ending);

} // namespace ahascope::ui
