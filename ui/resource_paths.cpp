#include "ui/resource_paths.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace ahascope::ui {

QString resourceFolder()
{
    if (const QString chosen = qEnvironmentVariable("AHASCOPE_RESOURCES"); !chosen.isEmpty())
        return QDir(chosen).exists() ? QDir(chosen).absolutePath() : QString();
    const QDir program(QCoreApplication::applicationDirPath());
    for (const char* place : {"../share/ahascope", "../../../resources", "../../resources", "../resources"}) {
        const QDir folder(program.absoluteFilePath(QString::fromLatin1(place)));
        if (folder.exists(QStringLiteral("templates")))
            return folder.canonicalPath();
    }
    return {};
}

QString resourceFile(const QString& name)
{
    const QString folder = resourceFolder();
    if (folder.isEmpty())
        return {};
    const QFileInfo file(QDir(folder), name);
    return file.exists() ? file.absoluteFilePath() : QString();
}

QStringList resourceFiles(const QString& folder, const QString& ending)
{
    const QString root = resourceFolder();
    if (root.isEmpty())
        return {};
    const QDir dir(root + QLatin1Char('/') + folder);
    QStringList files;
    for (const QFileInfo& file : dir.entryInfoList({QLatin1Char('*') + ending}, QDir::Files, QDir::Name))
        files << file.absoluteFilePath();
    return files;
}

} // namespace ahascope::ui
