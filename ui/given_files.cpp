#include "ui/given_files.h"

#include <QDir>
#include <QFileInfo>

namespace ahascope::ui {

GivenKind kindOf(const QString& path)
{
    const QFileInfo info(path);
    if (info.isDir()) {
        const QDir folder(path);
        if (folder.exists(QStringLiteral("run.db")))
            return GivenKind::RunFolder;
        if (folder.exists(QStringLiteral("config.json")))
            return GivenKind::Model;
        return GivenKind::Unknown;
    }
    const QString ending = info.suffix().toLower();
    if (ending == QLatin1String("toml"))
        return GivenKind::Experiment;
    if (ending == QLatin1String("gguf"))
        return GivenKind::Model;
    if (info.fileName() == QLatin1String("run.db"))
        return GivenKind::RunFolder;
    for (const char* data : {"jsonl", "ndjson", "json", "csv", "tsv", "txt"})
        if (ending == QLatin1String(data))
            return GivenKind::Dataset;
    return GivenKind::Unknown;
}

QString describe(GivenKind kind)
{
    switch (kind) {
    case GivenKind::Experiment:
        return QStringLiteral("an experiment");
    case GivenKind::RunFolder:
        return QStringLiteral("a run");
    case GivenKind::Dataset:
        return QStringLiteral("a dataset");
    case GivenKind::Model:
        return QStringLiteral("a model");
    case GivenKind::Unknown:
        break;
    }
    return QStringLiteral("unknown");
}

} // namespace ahascope::ui
