// What the panes share. Owned by the main window, which outlives them.
#pragma once

#include <QString>

namespace ahascope::ui {

class CurrentRun;
class ExperimentDocument;
class LogModel;
class ModelsModel;
class ReadJobs;
class RunBridge;
class RunsModel;
class StoreAccess;

struct Workbench {
    StoreAccess& store;           // reads the store
    ReadJobs& checks;             // other work off the GUI thread: preflight, previews, dry runs
    ExperimentDocument& document; // edited in Design
    RunBridge& bridge;            // the run of this window
    CurrentRun& current;          // the run that is looked at
    RunsModel& runs;
    LogModel& log;
    ModelsModel& models;
};

} // namespace ahascope::ui
