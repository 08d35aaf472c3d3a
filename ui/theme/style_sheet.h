// What a palette cannot say of the window's look, as a Qt style sheet.
#pragma once

#include <QString>

namespace ahascope::ui {

struct Theme;

// :/style.qss with the theme's colours in place of its @names.
QString styleSheetOf(const Theme& theme);

} // namespace ahascope::ui
