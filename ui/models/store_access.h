// The store as the window sees it: questions are asked on a reading thread, answers come back as values.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include <QObject>
#include <QString>

#include "core/store/catalogue.h"
#include "core/store/run_reader.h"
#include "ui/widgets/read_jobs.h"

namespace ahascope::ui {

// Receivers, topics and errors as in ReadJobs. Questions about one run should share a topic only when a new one makes
// the old one pointless.
class StoreAccess : public QObject {
    Q_OBJECT
public:
    explicit StoreAccess(std::filesystem::path folder, QObject* parent = nullptr);
    ~StoreAccess() override;

    const std::filesystem::path& folder() const { return m_folder; }
    ReadJobs& jobs() { return m_jobs; }

    // work(store::Catalogue&) on the reading thread, done(result) here.
    template <typename Work, typename Done>
    void askCatalogue(QObject* receiver, const QString& topic, const QString& doing, Work work, Done done)
    {
        m_jobs.run(
            receiver, topic, doing, [state = m_state, work = std::move(work)] { return work(catalogueOf(*state)); },
            std::move(done));
    }

    // work(store::RunReader&) on the reading thread, done(result) here. `run`: number in the catalogue.
    template <typename Work, typename Done>
    void askRun(std::int64_t run, QObject* receiver, const QString& topic, const QString& doing, Work work, Done done)
    {
        m_jobs.run(
            receiver, topic, doing,
            [state = m_state, run, work = std::move(work)] { return work(readerOf(*state, run)); }, std::move(done));
    }

    // Ends a long query that is under way (a search that nobody waits for any more).
    void interrupt();

    // For work that needs several runs at once, on the reading thread only.
    struct State;
    static store::Catalogue& catalogueOf(State& state);
    static store::RunReader& readerOf(State& state, std::int64_t run);
    std::shared_ptr<State> state() const { return m_state; }

Q_SIGNALS:
    // The list of runs, notes or tags were changed by this window.
    void catalogueChanged();

private:
    std::filesystem::path m_folder;
    std::shared_ptr<State> m_state;
    ReadJobs m_jobs;
};

} // namespace ahascope::ui
