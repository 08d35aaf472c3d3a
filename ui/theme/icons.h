// The program's own icons: resources/icons/<name>.svg, drawn in the palette's colours of the moment.
#pragma once

#include <QIcon>
#include <QString>

namespace ahascope::ui {

enum class Tint { Normal, Accent, Good, Bad, Warning, OnAccent };

// Throws std::invalid_argument when there is no such icon.
QIcon icon(const QString& name, Tint tint = Tint::Normal);

} // namespace ahascope::ui
