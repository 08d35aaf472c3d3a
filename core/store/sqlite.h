// SQLite for this folder only: connections, statements and transactions that clean up after themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/store/store_error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ahascope::store {

using Bytes = std::span<const std::byte>;

// A prepared statement. Parameters and columns count from 0.
class Statement {
public:
    void bind(int index, std::int64_t value);
    void bind(int index, double value);
    void bind(int index, std::string_view text); // copied
    void bind(int index, Bytes blob);            // not copied: must live until the statement has run
    void bind(int index, std::nullptr_t);
    template <class T>
    void bind(int index, const std::optional<T>& value)
    {
        value ? bind(index, *value) : bind(index, nullptr);
    }

    // False when there is no further row. Throws StoreError.
    bool step();
    void reset() noexcept;

    // Binds in order, runs to the end and makes the statement ready again.
    template <class... Values>
    void run(const Values&... values)
    {
        [[maybe_unused]] int index = 0;
        (bindOne(index++, values), ...);
        runToEnd();
    }
    // The same for a query that is then stepped.
    template <class... Values>
    Statement& with(const Values&... values)
    {
        reset();
        [[maybe_unused]] int index = 0;
        (bindOne(index++, values), ...);
        return *this;
    }

    bool isNull(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    Bytes blob(int column) const; // until the next step

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    Statement(class Database& database, std::string_view sql);

    template <class T>
    void bindOne(int index, const T& value)
    {
        if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
            bind(index, static_cast<std::int64_t>(value));
        else
            bind(index, value);
    }
    void runToEnd();
    void check(int code) const;

    Database* m_database;
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

enum class Access {
    Read,   // never writes the file, nor moves pages out of its log
    Write,  // the file must be there
    Create, // made when it is not there
    Frozen  // read-only medium without a log: nothing is locked, nothing beside the file is made
};

// A connection for one thread, set up to distrust the file and to be durable. Throws StoreError from everything.
class Database {
public:
    Database(std::filesystem::path file, Access access);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const std::filesystem::path& file() const { return m_file; }
    Statement prepare(std::string_view sql) { return Statement(*this, sql); }
    void execute(const std::string& sql); // any number of statements, results thrown away
    // First column of the first row of a one-row query.
    std::int64_t integer(std::string_view sql);

    // One writer and any number of readers at a time, or, where memory cannot be shared between programs (network file
    // systems), the rollback journal. Every commit is synced.
    void useWriteAheadLog();
    void useRollbackJournal();

    std::int64_t lastInsertId() const;
    bool inTransaction() const;
    // Also true when the file was opened for writing but may not be written.
    bool readOnly() const;
    // Any thread.
    void interrupt() noexcept;

    // Throws what `code`, returned by SQLite for this connection, means.
    [[noreturn]] void fail(int code) const;

private:
    friend class Statement;
    struct Close {
        void operator()(sqlite3* connection) const noexcept;
    };

    std::filesystem::path m_file;
    std::unique_ptr<sqlite3, Close> m_connection;
};

// Rolls back unless committed.
class Transaction {
public:
    enum class Kind { Read, Write }; // Write takes the write lock at once
    Transaction(Database& database, Kind kind);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

private:
    Database& m_database;
    bool m_done = false;
};

} // namespace ahascope::store
