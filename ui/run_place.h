// Where a run computes: on a thread of this window, or in a process of its own that outlives window and display.
#pragma once

#include <optional>
#include <string>

#include <QObject>

namespace ahascope::ui {

class ReadJobs;

enum class RunPlace { ThisWindow, OwnProcess };

// By default runs on a GPU, which take hours, get a process of their own. What a person chooses against that holds, in
// later sessions too, until the default is chosen again.
class RunPlaceChoice : public QObject {
    Q_OBJECT
public:
    explicit RunPlaceChoice(ReadJobs& jobs, QObject* parent = nullptr);

    // For a run on this device ("auto", "cpu", "cuda:1"). None: the machine is being asked; changed() follows.
    std::optional<RunPlace> placeFor(const std::string& device);
    void choose(RunPlace place, const std::string& device);

Q_SIGNALS:
    void changed();

private:
    std::optional<RunPlace> defaultFor(const std::string& device);

    ReadJobs& m_jobs;
    std::optional<RunPlace> m_byHand;
    std::optional<bool> m_autoIsGpu;
    bool m_asked = false;
};

} // namespace ahascope::ui
