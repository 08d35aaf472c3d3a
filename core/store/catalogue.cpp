#include "core/store/catalogue.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "core/formats/atomic_file.h"
#include "core/problem.h"
#include "core/store/catalogue_state.h"
#include "core/store/run_database.h"
#include "core/store/schema.h"

namespace ahascope::store {

namespace fs = std::filesystem;

namespace {

constexpr const char* deletedPrefix = ".deleted-";

bool isNumber(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void checkName(const std::string& name)
{
    constexpr std::size_t longest = 100;
    const char* remedy = "use 1 to 100 bytes on one line, with a letter among them";
    auto isControl = [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; };
    if (name.empty() || name.size() > longest || std::any_of(name.begin(), name.end(), isControl))
        throw InputError({"run name", "\"" + name.substr(0, longest) + "\" cannot be the name of a run", remedy});
    if (isNumber(name))
        throw InputError({"run name", "\"" + name + "\" is a number, which already stands for a run", remedy});
}

// Undoes a folder that was made in vain.
class NewFolder {
public:
    explicit NewFolder(fs::path path) : m_path(std::move(path)) { }
    ~NewFolder()
    {
        std::error_code ignored;
        if (!m_kept)
            fs::remove_all(m_path, ignored);
    }
    void keep() { m_kept = true; }

private:
    fs::path m_path;
    bool m_kept = false;
};

[[noreturn]] void failed(const fs::path& path, const char* action, const std::error_code& error)
{
    using Kind = StoreError::Kind;
    bool full = error == std::errc::no_space_on_device;
    bool denied = error == std::errc::permission_denied || error == std::errc::read_only_file_system
        || error == std::errc::operation_not_permitted;
    throw StoreError(full ? Kind::DiskFull
            : denied      ? Kind::ReadOnly
                          : Kind::Other,
        path, std::string(action) + ": " + error.message(),
        full ? "make space on the disk" : "choose a store folder that is yours and can be written");
}

} // namespace

std::string runFolderName(std::int64_t number, const std::string& name)
{
    constexpr std::size_t longest = 60;
    std::string folder = std::to_string(number) + "-";
    for (char letter : name.substr(0, longest)) {
        bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')
            || (letter >= '0' && letter <= '9') || letter == '.' || letter == '_';
        folder += plain ? letter : '-';
    }
    return folder;
}

bool holdsRun(const fs::path& folder)
{
    std::error_code error;
    const fs::path file = runDatabaseFile(folder);
    if (!fs::is_directory(fs::symlink_status(folder, error)) || !fs::is_regular_file(fs::symlink_status(file, error)))
        return false;
    // SQLite's header: the magic string, and at byte 68 the application id, most significant byte first.
    std::array<unsigned char, 72> header = {};
    std::ifstream in(file, std::ios::binary);
    in.read(reinterpret_cast<char*>(header.data()), header.size());
    std::int64_t id = 0;
    for (std::size_t i = 68; i < 72; ++i)
        id = id << 8 | header[i];
    return in && std::string_view(reinterpret_cast<char*>(header.data()), 15) == "SQLite format 3"
        && id == runSchema().applicationId;
}

Catalogue::State::State(fs::path folder) : store(std::move(folder)), runs(store / "runs")
{
    const fs::path file = store / "ahascope.db";
    std::error_code error;
    fs::create_directories(runs, error);
    if (std::error_code ignored; error && !fs::exists(file, ignored))
        failed(store, "the store cannot be made", error);
    database = std::make_unique<Database>(file, Access::Create);
    readOnly = database->readOnly();
    SchemaState state = inspect(*database, catalogueSchema());
    if (state == SchemaState::Empty)
        createTables(writable(), catalogueSchema());
    else if (state == SchemaState::Older)
        migrate(writable(), catalogueSchema());
}

Database& Catalogue::State::writable()
{
    if (readOnly)
        throw StoreError(StoreError::Kind::ReadOnly, store, "this store can only be read",
            "choose a store folder that is yours and can be written");
    return *database;
}

Catalogue::Catalogue(fs::path storeFolder)
    : m_folder(fs::absolute(storeFolder).lexically_normal())
    , m_state(std::make_unique<State>(m_folder))
{
    // What a deletion left behind when it was cut short.
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(m_state->runs, ignored))
        if (!m_state->readOnly && entry.path().filename().string().starts_with(deletedPrefix))
            fs::remove_all(entry.path(), ignored);
}

Catalogue::~Catalogue() = default;
Catalogue::Catalogue(Catalogue&&) noexcept = default;
Catalogue& Catalogue::operator=(Catalogue&&) noexcept = default;

bool Catalogue::readOnly() const
{
    return m_state->readOnly;
}

std::string Catalogue::State::freeName(const std::string& wished)
{
    Statement taken = database->prepare("SELECT 1 FROM runs WHERE name = ?");
    std::string name = wished;
    for (int i = 2; taken.with(name).step(); ++i)
        name = wished + "-" + std::to_string(i);
    return name;
}

OpenedRun Catalogue::create(const NewRun& run)
{
    checkName(run.name);
    Lineage parent;
    if (run.parent != 0) {
        RunEntry of = entry(run.parent);
        parent = {of.number, of.uid, of.name, run.parentStep};
    }
    Database& database = m_state->writable();
    Transaction transaction(database, Transaction::Kind::Write);
    const std::string name = m_state->freeName(run.name);
    std::int64_t number = database.integer("SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'runs'");
    std::error_code error;
    fs::path folder = m_state->folderOf(runFolderName(number, name));
    while (!fs::create_directory(folder, error)) { // taken by a folder that was copied in
        if (error)
            failed(folder, "the run's folder cannot be made", error);
        folder = m_state->folderOf(runFolderName(++number, name));
    }
    NewFolder made(folder);
    Lease lease(folder);
    createRunDatabase(folder, number, name, run.description, parent);
    formats::syncFolder(m_state->runs);
    Statement insert
        = database.prepare("INSERT INTO runs (number, name, folder, uid, created, parent_uid, parent_name, "
                           "parent_step) VALUES (?, ?, ?, '', ?, ?, ?, ?)");
    insert.run(number, name, folder.filename().string(), millisecondsNow(), parent.uid, parent.name, parent.step);
    transaction.commit();
    made.keep();
    return {number, name, std::move(lease)};
}

OpenedRun Catalogue::open(std::int64_t number)
{
    RunEntry run = entry(number);
    return {run.number, run.name, Lease(run.folder)};
}

void Catalogue::rename(std::int64_t number, const std::string& name)
{
    checkName(name);
    const fs::path old = m_state->folderOf(m_state->folderName(number));
    Database& database = m_state->writable();
    Transaction transaction(database, Transaction::Kind::Write);
    Statement taken = database.prepare("SELECT number FROM runs WHERE name = ? AND number <> ?");
    if (taken.with(name, number).step())
        throw InputError({"run name", "\"" + name + "\" is the name of run " + std::to_string(taken.integer(0)),
            "choose another name"});
    Statement update = database.prepare("UPDATE runs SET name = ? WHERE number = ?");
    update.run(name, number);
    const std::string folderName = runFolderName(number, name);
    fs::path folder = old;
    if (!leaseHolder(old) && holdsRun(old)) {
        Lease lease(old);
        renameRun(old, number, name);
        if (!fs::exists(m_state->folderOf(folderName))) {
            folder = m_state->folderOf(folderName);
            fs::rename(old, folder);
        }
    }
    Statement move = database.prepare("UPDATE runs SET folder = ? WHERE number = ?");
    move.run(folder.filename().string(), number);
    transaction.commit();
}

void Catalogue::setNotes(std::int64_t number, const std::string& notes)
{
    m_state->requireRun(number);
    m_state->writable().prepare("UPDATE runs SET notes = ? WHERE number = ?").run(notes, number);
}

void Catalogue::setTags(std::int64_t number, const std::vector<std::string>& tags)
{
    m_state->requireRun(number);
    std::string joined;
    for (std::string tag : tags) {
        std::replace(tag.begin(), tag.end(), '\n', ' ');
        if (!tag.empty())
            (joined += tag) += '\n';
    }
    m_state->writable().prepare("UPDATE runs SET tags = ? WHERE number = ?").run(joined, number);
}

void Catalogue::setRating(std::int64_t number, int rating)
{
    m_state->requireRun(number);
    if (rating < 0 || rating > 5)
        throw InputError({"rating", std::to_string(rating) + " is not a rating", "use 0 (none) to 5"});
    m_state->writable().prepare("UPDATE runs SET rating = ? WHERE number = ?").run(rating, number);
}

void Catalogue::remove(std::int64_t number)
{
    const std::string name = m_state->folderName(number);
    const fs::path folder = m_state->folderOf(name);
    Database& database = m_state->writable();
    std::error_code error;
    fs::path condemned;
    if (fs::exists(fs::symlink_status(folder, error))) {
        if (!holdsRun(folder))
            throw StoreError(StoreError::Kind::Corrupt, folder, "this folder does not hold a run of Ahascope",
                "nothing was deleted; delete it by hand if you are sure");
        Lease lease(folder); // a run that is being written is not deleted
        condemned = m_state->folderOf(deletedPrefix + name);
        fs::rename(folder, condemned, error);
        if (error)
            failed(folder, "the run cannot be deleted", error);
    }
    database.prepare("DELETE FROM runs WHERE number = ?").run(number);
    if (!condemned.empty())
        fs::remove_all(condemned, error); // what is left goes when the store is opened next
}

std::int64_t Catalogue::enqueue(const std::string& title, const std::string& experiment, const std::string& device)
{
    Database& database = m_state->writable();
    Transaction transaction(database, Transaction::Kind::Write);
    database
        .prepare("INSERT INTO queue (place, title, experiment, device, added) "
                 "SELECT coalesce(max(place), 0) + 1, ?, ?, ?, ? FROM queue")
        .run(title, experiment, device, millisecondsNow());
    std::int64_t id = database.lastInsertId();
    transaction.commit();
    return id;
}

std::vector<QueueEntry> Catalogue::queue()
{
    std::vector<QueueEntry> queue;
    Statement select
        = m_state->database->prepare("SELECT id, title, experiment, device, added FROM queue ORDER BY place, id");
    while (select.step())
        queue.push_back({select.integer(0), select.text(1), select.text(2), select.text(3), select.integer(4)});
    return queue;
}

void Catalogue::dequeue(std::int64_t id)
{
    m_state->writable().prepare("DELETE FROM queue WHERE id = ?").run(id);
}

void Catalogue::moveInQueue(std::int64_t id, std::size_t position)
{
    Database& database = m_state->writable();
    Transaction transaction(database, Transaction::Kind::Write);
    std::vector<QueueEntry> entries = queue();
    auto moved = std::find_if(entries.begin(), entries.end(), [&](const QueueEntry& entry) { return entry.id == id; });
    if (moved == entries.end())
        throw InputError({"queue", "there is no entry " + std::to_string(id), "it may have been started already"});
    auto target = entries.begin() + static_cast<std::ptrdiff_t>(std::min(position, entries.size() - 1));
    if (moved < target)
        std::rotate(moved, moved + 1, target + 1);
    else
        std::rotate(target, moved, moved + 1);
    Statement update = database.prepare("UPDATE queue SET place = ? WHERE id = ?");
    std::int64_t place = 0;
    for (const QueueEntry& entry : entries)
        update.run(++place, entry.id);
    transaction.commit();
}

fs::path defaultStoreFolder()
{
    // XDG Base Directory Specification: a relative path is ignored.
    const char* data = std::getenv("XDG_DATA_HOME");
    if (data && fs::path(data).is_absolute())
        return fs::path(data) / "ahascope";
    const char* home = std::getenv("HOME");
    return fs::path(home && *home ? home : ".") / ".local" / "share" / "ahascope";
}

} // namespace ahascope::store
