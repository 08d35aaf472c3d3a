#include "core/store/sqlite.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <type_traits>

#include <linux/magic.h>
#include <sqlite3.h>
#include <sys/vfs.h>

namespace ahascope::store {

namespace {

constexpr int busyTimeoutMs = 10'000;
constexpr std::int64_t pageBytes = 4096; // larger ones waste more beside blobs of some kilobytes
constexpr std::int64_t logLimitBytes = 64 << 20;

int openFlags(Access access)
{
    switch (access) {
    case Access::Read:
        return SQLITE_OPEN_READONLY;
    case Access::Write:
        return SQLITE_OPEN_READWRITE;
    case Access::Create:
        return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Access::Frozen:
        return SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    }
    return SQLITE_OPEN_READONLY;
}

// file:///path?immutable=1, with every byte that a URI could misread as %XX.
std::string frozenUri(const std::filesystem::path& file)
{
    constexpr char digits[] = "0123456789ABCDEF";
    std::string uri = "file://";
    for (unsigned char byte : std::filesystem::absolute(file).string()) {
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9')
            || byte == '/' || byte == '.' || byte == '-' || byte == '_';
        if (plain)
            uri += static_cast<char>(byte);
        else
            uri += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return uri + "?immutable=1";
}

bool isNetworkFileSystem(const std::filesystem::path& file)
{
    constexpr long cifs = 0xFF534D42;
    constexpr long smb2 = 0xFE534D42;
    struct statfs info = {};
    if (::statfs(file.c_str(), &info) != 0)
        return false;
    auto type = static_cast<long>(static_cast<std::uint32_t>(info.f_type));
    return type == NFS_SUPER_MAGIC || type == SMB_SUPER_MAGIC || type == cifs || type == smb2 || type == V9FS_MAGIC
        || type == AFS_SUPER_MAGIC || type == CODA_SUPER_MAGIC;
}

// errno of the last failure to write the file or its log. A commit that fails leaves sqlite3_system_errno() at 0.
int writeError(sqlite3* connection)
{
    for (int which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
        sqlite3_file* file = nullptr;
        int error = 0;
        bool known = sqlite3_file_control(connection, "main", which, &file) == SQLITE_OK && file && file->pMethods
            && file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK;
        if (known && error != 0)
            return error;
    }
    return 0;
}

struct Meaning {
    StoreError::Kind kind;
    const char* what;
    const char* remedy;
};

Meaning meaningOf(int code, int systemError)
{
    using Kind = StoreError::Kind;
    // SQLite reports only ENOSPC as SQLITE_FULL; quotas and size limits arrive as I/O errors.
    bool noSpace = systemError == ENOSPC || systemError == EDQUOT || systemError == EFBIG;
    switch (code & 0xff) {
    case SQLITE_FULL:
        return {Kind::DiskFull, "the disk is full", "make space on it; nothing stored is lost"};
    case SQLITE_IOERR:
        if (noSpace && code == SQLITE_IOERR_WRITE)
            return {Kind::DiskFull, "no more may be written (quota or size limit)",
                "make space or raise the limit; nothing stored is lost"};
        if (systemError == EROFS)
            return {Kind::ReadOnly, "the file system is read-only", "choose a store folder that can be written"};
        return {Kind::Other, "the disk failed to read or write", "check the disk, then open the run again"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return {Kind::ReadOnly, "it may not be written", "choose a store folder that is yours and can be written"};
    case SQLITE_CANTOPEN:
        return {Kind::Missing, "it cannot be opened", "check that it is there and that you may read it"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return {
            Kind::Corrupt, "it is damaged or not a database of Ahascope", "keep a copy; other runs are not touched"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {Kind::InUse, "another program has kept it busy for too long", "close the other program or try again"};
    case SQLITE_NOMEM: // what a damaged file says may ask for any amount
        return {Kind::Other, "it asks for more memory than there is", "keep a copy; other runs are not touched"};
    case SQLITE_INTERRUPT:
        return {Kind::Interrupted, "the query was cancelled", ""};
    default:
        return {Kind::Other, "the database refused", ""};
    }
}

} // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept
{
    sqlite3_finalize(statement);
}

Statement::Statement(Database& database, std::string_view sql) : m_database(&database)
{
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v3(database.m_connection.get(), sql.data(), static_cast<int>(sql.size()),
        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    m_statement.reset(statement);
    check(code);
}

void Statement::check(int code) const
{
    if (code != SQLITE_OK)
        m_database->fail(code);
}

void Statement::bind(int index, std::int64_t value)
{
    check(sqlite3_bind_int64(m_statement.get(), index + 1, value));
}

void Statement::bind(int index, double value)
{
    check(sqlite3_bind_double(m_statement.get(), index + 1, value));
}

void Statement::bind(int index, std::string_view text)
{
    check(sqlite3_bind_text64(
        m_statement.get(), index + 1, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind(int index, Bytes blob)
{
    check(blob.empty() ? sqlite3_bind_zeroblob(m_statement.get(), index + 1, 0)
                       : sqlite3_bind_blob64(m_statement.get(), index + 1, blob.data(), blob.size(), SQLITE_STATIC));
}

void Statement::bind(int index, std::nullptr_t)
{
    check(sqlite3_bind_null(m_statement.get(), index + 1));
}

bool Statement::step()
{
    int code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    // The error is read before reset(), which may report it once more.
    try {
        m_database->fail(code);
    } catch (...) {
        reset();
        throw;
    }
}

void Statement::reset() noexcept
{
    sqlite3_reset(m_statement.get());
}

void Statement::runToEnd()
{
    while (step()) { }
    reset();
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_statement.get(), column);
}

double Statement::real(int column) const
{
    return sqlite3_column_double(m_statement.get(), column);
}

std::string Statement::text(int column) const
{
    const auto* data = sqlite3_column_text(m_statement.get(), column);
    auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_statement.get(), column));
    return data ? std::string(reinterpret_cast<const char*>(data), size) : std::string();
}

Bytes Statement::blob(int column) const
{
    const void* data = sqlite3_column_blob(m_statement.get(), column);
    auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_statement.get(), column));
    return data ? Bytes(static_cast<const std::byte*>(data), size) : Bytes();
}

void Database::Close::operator()(sqlite3* connection) const noexcept
{
    sqlite3_close_v2(connection);
}

Database::Database(std::filesystem::path file, Access access) : m_file(std::move(file))
{
    sqlite3* connection = nullptr;
    const std::string name = access == Access::Frozen ? frozenUri(m_file) : m_file.string();
    int code = sqlite3_open_v2(name.c_str(), &connection, openFlags(access) | SQLITE_OPEN_NOMUTEX, nullptr);
    m_connection.reset(connection);
    if (!connection)
        throw std::bad_alloc();
    if (code != SQLITE_OK)
        fail(code);
    sqlite3_extended_result_codes(connection, 1);
    sqlite3_busy_timeout(connection, busyTimeoutMs);
    // The file may come from a stranger: its schema may call nothing, and damaged cells are noticed.
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    // Only the writer moves pages from the log into the file: two connections that do may corrupt it (fixed in 3.51.3).
    if (access == Access::Read)
        sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // temp_store: sorting must not depend on space in another file system.
    execute("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
            "PRAGMA synchronous=FULL; PRAGMA cache_size=-8192");
    if (access == Access::Create)
        execute("PRAGMA page_size=" + std::to_string(pageBytes));
}

void Database::execute(const std::string& sql)
{
    int code = sqlite3_exec(m_connection.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        fail(code);
}

std::int64_t Database::integer(std::string_view sql)
{
    Statement statement = prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
}

void Database::useWriteAheadLog()
{
    if (isNetworkFileSystem(m_file)) {
        useRollbackJournal();
        return;
    }
    execute("PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=" + std::to_string(logLimitBytes));
}

void Database::useRollbackJournal()
{
    execute("PRAGMA journal_mode=DELETE");
}

std::int64_t Database::lastInsertId() const
{
    return sqlite3_last_insert_rowid(m_connection.get());
}

bool Database::inTransaction() const
{
    return sqlite3_get_autocommit(m_connection.get()) == 0;
}

bool Database::readOnly() const
{
    return sqlite3_db_readonly(m_connection.get(), "main") == 1;
}

void Database::interrupt() noexcept
{
    sqlite3_interrupt(m_connection.get());
}

void Database::fail(int code) const
{
    int systemError = sqlite3_system_errno(m_connection.get());
    if (code == SQLITE_IOERR_WRITE && systemError == 0)
        systemError = writeError(m_connection.get());
    Meaning meaning = meaningOf(code, systemError);
    std::string what = meaning.what;
    what += ": ";
    what += sqlite3_errmsg(m_connection.get());
    if (systemError != 0 && (code & 0xff) == SQLITE_IOERR)
        what += std::string(", ") + std::strerror(systemError);
    throw StoreError(meaning.kind, m_file, what, meaning.remedy);
}

Transaction::Transaction(Database& database, Kind kind) : m_database(database)
{
    m_database.execute(kind == Kind::Write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction()
{
    // After some errors SQLite has rolled back by itself.
    if (m_done || !m_database.inTransaction())
        return;
    try {
        m_database.execute("ROLLBACK");
    } catch (...) {
        m_done = true; // the connection is unusable; closing it drops the transaction
    }
}

void Transaction::commit()
{
    m_database.execute("COMMIT");
    m_done = true;
}

} // namespace ahascope::store
