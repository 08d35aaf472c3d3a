#include "ui/run_place.h"

#include <QSettings>

#include "core/pipeline/device.h"
#include "ui/widgets/read_jobs.h"

namespace ahascope::ui {

namespace {
const QString key = QStringLiteral("launch/place");
const QString ownProcess = QStringLiteral("process");
const QString thisWindow = QStringLiteral("window");
}

RunPlaceChoice::RunPlaceChoice(ReadJobs& jobs, QObject* parent) : QObject(parent), m_jobs(jobs)
{
    const QString stored = QSettings().value(key).toString();
    if (stored == ownProcess)
        m_byHand = RunPlace::OwnProcess;
    else if (stored == thisWindow)
        m_byHand = RunPlace::ThisWindow;
}

std::optional<RunPlace> RunPlaceChoice::placeFor(const std::string& device)
{
    return m_byHand ? m_byHand : defaultFor(device);
}

void RunPlaceChoice::choose(RunPlace place, const std::string& device)
{
    m_byHand.reset();
    QSettings().remove(key);
    if (defaultFor(device) != place) {
        m_byHand = place;
        QSettings().setValue(key, place == RunPlace::OwnProcess ? ownProcess : thisWindow);
    }
    Q_EMIT changed();
}

// Only "auto" depends on the machine, and asking that may take seconds: it loads the driver.
std::optional<RunPlace> RunPlaceChoice::defaultFor(const std::string& device)
{
    if (device != pipeline::autoDevice)
        return pipeline::computesOnGpu(device) ? RunPlace::OwnProcess : RunPlace::ThisWindow;
    if (m_autoIsGpu)
        return *m_autoIsGpu ? RunPlace::OwnProcess : RunPlace::ThisWindow;
    if (!std::exchange(m_asked, true))
        m_jobs.run(
            this, {}, tr("Looking for GPUs"), [] { return pipeline::computesOnGpu(pipeline::autoDevice); },
            [this](bool gpu) {
                m_autoIsGpu = gpu;
                Q_EMIT changed();
            });
    return std::nullopt;
}

} // namespace ahascope::ui
