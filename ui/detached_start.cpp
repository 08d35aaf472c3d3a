#include "ui/detached_start.h"

#include <csignal>
#include <stdexcept>

#include <QCoreApplication>
#include <QFileInfo>
#include <QTemporaryDir>

#include "core/config/toml.h"
#include "ui/widgets/guarded.h"

namespace ahascope::ui {

namespace {

// The window takes its signals from a descriptor and so blocks them; a run must hear SIGTERM.
void unblockSignals()
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

} // namespace

QString DetachedStart::siblingProgram()
{
    return QCoreApplication::applicationDirPath() + QStringLiteral("/ahascope-cli");
}

DetachedStart::DetachedStart(QObject* parent, QString program) : QObject(parent), m_program(std::move(program))
{
    m_process.setStandardInputFile(QProcess::nullDevice());
    m_process.setChildProcessModifier(unblockSignals);
    connect(&m_process, &QProcess::finished, this, guarded(this, tr("Starting a run"), [this] { ended(); }));
    connect(&m_process, &QProcess::errorOccurred, this,
        guarded(this, tr("Starting a run"), [this](QProcess::ProcessError error) {
            if (error == QProcess::FailedToStart) // every other error comes with finished()
                Q_EMIT failed(m_process.errorString());
        }));
}

DetachedStart::~DetachedStart()
{
    m_process.disconnect(this);
    m_process.waitForFinished();
}

void DetachedStart::start(const config::Experiment& experiment, const pipeline::RunOptions& options)
{
    auto folder = std::make_unique<QTemporaryDir>();
    const QString file = folder->filePath(QStringLiteral("experiment.toml"));
    config::saveExperiment(experiment, file.toStdString(), config::SaveForm::SelfContained);
    launch({QStringLiteral("run"), file}, options);
    m_experiment = std::move(folder);
}

void DetachedStart::resume(std::int64_t run, const pipeline::RunOptions& options)
{
    launch({QStringLiteral("resume"), QString::number(run)}, options);
}

void DetachedStart::launch(const QStringList& command, const pipeline::RunOptions& options)
{
    if (busy())
        throw std::logic_error("a run is being started already");
    if (!QFileInfo(m_program).isExecutable()) {
        Q_EMIT failed(tr("%1 is missing; install it beside this program, or run in this window").arg(m_program));
        return;
    }
    m_process.start(m_program,
        QStringList{QStringLiteral("--threads"), QString::number(options.threads)} + command
            + QStringList{QStringLiteral("--detach"), QStringLiteral("--device"),
                QString::fromStdString(options.device), QStringLiteral("--store"),
                QString::fromStdString(options.store.string())});
}

void DetachedStart::ended()
{
    m_experiment.reset();
    const QByteArray said = m_process.readAllStandardOutput().trimmed();
    const QString reason = QString::fromUtf8(m_process.readAllStandardError()).trimmed();
    bool isNumber = false;
    const qint64 run = said.toLongLong(&isNumber);
    if (m_process.exitStatus() == QProcess::NormalExit && m_process.exitCode() == 0 && isNumber)
        Q_EMIT started(run);
    else
        Q_EMIT failed(reason.isEmpty() ? tr("ahascope-cli ended without a word") : reason);
}

} // namespace ahascope::ui
