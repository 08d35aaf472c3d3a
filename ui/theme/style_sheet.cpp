#include "ui/theme/style_sheet.h"

#include <utility>

#include <QFile>
#include <QList>

#include "ui/theme/theme.h"

namespace ahascope::ui {

QString styleSheetOf(const Theme& t)
{
    QFile file(QStringLiteral(":/style.qss"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = QString::fromUtf8(file.readAll());
    // Longer names before their own beginnings.
    const QList<std::pair<const char*, QColor>> colours = {
        {"@accentHover", mix(t.accent, t.text, 0.15)},
        {"@accentSoft", t.accentSoft},
        {"@onAccent", t.onAccent},
        {"@accent", t.accent},
        {"@badSoft", t.badSoft},
        {"@bad", t.bad},
        {"@border", t.border},
        {"@good", t.good},
        {"@grid", t.grid},
        {"@handle", mix(t.border, t.muted, 0.4)},
        {"@muted", t.muted},
        {"@raised", t.raised},
        {"@secondary", t.secondary},
        {"@sunken", t.sunken},
        {"@surface", t.surface},
        {"@text", t.text},
        {"@warning", t.warning},
        {"@window", t.window},
    };
    for (const auto& [name, colour] : colours)
        sheet.replace(QLatin1String(name), colour.name());
    return sheet.replace(QLatin1String("@variant"), QLatin1String(t.dark ? "dark" : "light"));
}

} // namespace ahascope::ui
