#include "ui/models/store_access.h"

#include <list>
#include <optional>

namespace ahascope::ui {

namespace {
constexpr std::size_t mostReaders = 8; // open files
}

struct StoreAccess::State {
    std::filesystem::path folder;

    // ---- The reading thread only
    std::optional<store::Catalogue> catalogue;
    struct Held {
        std::int64_t run = 0;
        std::filesystem::path folder;
        std::shared_ptr<store::RunReader> reader;
    };
    std::list<Held> readers; // newest use first

    // ---- Both threads
    std::mutex mutex;
    std::weak_ptr<store::RunReader> lastUsed;
};

StoreAccess::StoreAccess(std::filesystem::path folder, QObject* parent)
    : QObject(parent)
    , m_folder(std::move(folder))
    , m_state(std::make_shared<State>())
{
    m_state->folder = m_folder;
}

StoreAccess::~StoreAccess() = default;

store::Catalogue& StoreAccess::catalogueOf(State& state)
{
    if (!state.catalogue)
        state.catalogue.emplace(state.folder);
    return *state.catalogue;
}

store::RunReader& StoreAccess::readerOf(State& state, std::int64_t run)
{
    for (auto held = state.readers.begin(); held != state.readers.end(); ++held)
        if (held->run == run) {
            if (!std::filesystem::exists(held->folder)) { // renamed or deleted since
                state.readers.erase(held);
                break;
            }
            state.readers.splice(state.readers.begin(), state.readers, held);
            const std::lock_guard lock(state.mutex);
            state.lastUsed = state.readers.front().reader;
            return *state.readers.front().reader;
        }
    const std::filesystem::path folder = catalogueOf(state).entry(run).folder;
    state.readers.push_front({run, folder, std::make_shared<store::RunReader>(folder)});
    if (state.readers.size() > mostReaders)
        state.readers.pop_back();
    const std::lock_guard lock(state.mutex);
    state.lastUsed = state.readers.front().reader;
    return *state.readers.front().reader;
}

void StoreAccess::interrupt()
{
    std::shared_ptr<store::RunReader> reader;
    {
        const std::lock_guard lock(m_state->mutex);
        reader = m_state->lastUsed.lock();
    }
    if (reader)
        reader->interrupt();
}

} // namespace ahascope::ui
