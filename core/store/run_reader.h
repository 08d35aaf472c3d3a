// Reads a run, finished or running, of this program or another. One instance belongs to one thread (interrupt() aside);
// any number may read while the run is written.
//
// Every row is checked against its checksum. A damaged one is left out and named in damage(); a file that cannot be
// read at all throws StoreError of kind Corrupt. Rows that a resume abandoned are not shown.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/pipeline/run_event.h"
#include "core/store/run_types.h"

namespace ahascope::store {

struct RunInfo {
    std::string uid; // random, the same in every copy
    std::string name;
    std::int64_t created = 0; // milliseconds since 1970-01-01 UTC
    RunDescription description;
    std::optional<Lineage> parent;
    RunState state = RunState::Queued; // Interrupted when nobody holds the lease of a running one
    std::optional<Failure> failure;
    std::string device; // of the last attempt
    int attempts = 0;
};

struct StageInfo {
    std::int32_t stage = 0;
    std::string name;
    std::int64_t steps = 0;           // planned
    std::int64_t firstGlobalStep = 0; // its step s is global step firstGlobalStep + s
};

// What has grown since the last look; cheap to ask for several times a second. Two looks with equal values have
// nothing new between them.
struct DataVersion {
    std::int64_t record = 0; // the last step or evaluation
    std::int64_t attempt = 0;
    std::int64_t logEntry = 0;
    std::int64_t checkpoint = 0;
    RunState state = RunState::Queued;

    bool operator==(const DataVersion&) const = default;
};

// How far a reader of curves has come. Default: from the beginning.
struct MetricCursor {
    std::int64_t record = 0;
    std::int64_t attempt = 0;
};

struct MetricPoint {
    std::int64_t globalStep = 0;
    double seconds = 0.0;
    double value = 0.0;

    bool operator==(const MetricPoint&) const = default;
};

struct MetricSeries {
    std::vector<std::vector<MetricPoint>> points; // [name asked for][point], in order
    MetricCursor next;                            // to be handed back for what comes later
    bool restarted = false; // the run was resumed from an earlier step: throw the old points away, these are all
};

enum class SampleKind { Rollout, Evaluation };

// The completions of one rollout or one evaluation.
struct SampleSet {
    std::int64_t record = 0;
    SampleKind kind = SampleKind::Rollout;
    std::int32_t stage = 0;
    std::int64_t step = 0;
    std::int64_t globalStep = 0;
    double seconds = 0.0;
    std::string set; // of an evaluation: name of the held-out set
    std::int64_t samples = 0;
};

struct Evaluation {
    SampleSet set;
    pipeline::Metrics metrics;
};

enum class Verdict { Any, Right, Wrong, Ungraded };
enum class SampleSort { Step, Reward, Length, Reflections, Mixing, Advantage };

// Where a page of samples ended.
struct SampleCursor {
    double key = 0.0;
    std::int64_t id = 0;
};

struct SampleQuery {
    std::optional<std::int32_t> stage;
    std::optional<std::int64_t> firstGlobalStep, lastGlobalStep;
    std::optional<SampleKind> kind;
    std::optional<std::string> set;       // name of a held-out set
    std::optional<std::uint64_t> problem; // the same question at every step
    Verdict verdict = Verdict::Any;
    // Words that the completion must hold, in any order and case; "several words" in quotes stand together; wait*
    // matches a beginning. Chinese, Japanese and Korean need no spaces.
    std::string text;
    SampleSort sort = SampleSort::Step;
    bool ascending = true;
    std::optional<SampleCursor> after; // the next page
    int limit = 100;                   // at most 10,000
    int previewBytes = 200;            // of question and completion; 0 = none
};

// One line of the table of samples.
struct SampleRow {
    std::int64_t id = 0;
    SampleKind kind = SampleKind::Rollout;
    std::int32_t stage = 0;
    std::int64_t step = 0;
    std::int64_t globalStep = 0;
    std::string set;
    std::int64_t record = 0;
    std::int32_t group = 0;
    std::int32_t index = 0;
    std::int64_t row = 0; // of the dataset
    std::uint64_t problem = 0;
    std::optional<double> reward;
    double advantage = 0.0;
    std::int64_t length = 0; // tokens of the completion
    std::int32_t reflections = 0;
    double mixing = 0.0;
    double repetition = 0.0;
    bool correct = false;
    bool correctLenient = false;
    bool wellFormed = false;
    bool ungraded = false;
    bool cutOff = false; // ended by the length limit
    bool mixed = false;
    bool rescued = false;
    bool emptyThink = false;
    std::string question;   // its first bytes
    std::string completion; // its first bytes
};

struct SamplePage {
    std::vector<SampleRow> rows;
    std::optional<SampleCursor> next; // none on the last page
};

struct SampleDetail {
    SampleRow row;
    pipeline::Sample sample; // promptIds are there for every member; logProbs and entropies have f16 precision
};

// How one problem of an evaluation went.
struct ProblemOutcome {
    std::uint64_t problem = 0;
    std::int64_t row = 0;
    std::string question;
    int samples = 0;
    int correct = 0;
    int ungraded = 0;
    double meanLength = 0.0; // tokens
    std::int64_t firstSample = 0;
};

struct LogEntry {
    std::int64_t id = 0;
    std::int64_t attempt = 0;
    std::int64_t time = 0; // milliseconds since 1970-01-01 UTC
    std::int32_t stage = 0;
    std::int64_t globalStep = 0;
    double seconds = 0.0;
    bool warning = false;
    std::string text;
};

struct CheckpointInfo {
    std::int64_t id = 0;
    std::int32_t stage = 0;
    std::int64_t step = 0;
    std::int64_t globalStep = 0;
    double seconds = 0.0;
    std::string path; // relative to the run's folder
    std::uint64_t bytes = 0;
    std::string manifestHash;
    bool final = false; // the last of its stage
};

// A row that is not what was written.
struct Damage {
    std::string table;
    std::int64_t row = 0;
    std::string what;
};

class RunReader {
public:
    // Opens `folder`/run.db for reading. An older schema is migrated first, for which the folder must be writable.
    // Throws StoreError.
    explicit RunReader(std::filesystem::path folder);
    ~RunReader();
    RunReader(RunReader&&) noexcept;
    RunReader& operator=(RunReader&&) noexcept;

    const std::filesystem::path& folder() const { return m_folder; }
    // Makes a query that is under way in another thread throw StoreError of kind Interrupted.
    void interrupt() noexcept;

    RunInfo info();
    std::vector<StageInfo> stages();
    DataVersion version();

    // ---- Curves
    std::vector<std::string> metricNames(); // in the order in which they first came
    // Steps and evaluations alike: "reward", "eval/pass@1". Reads all names in one pass.
    MetricSeries metrics(const std::vector<std::string>& names, MetricCursor since = {});
    // The newest value of each metric, evaluations included.
    pipeline::Metrics latest();
    // Every step's and evaluation's metrics in order, for exports.
    void forEachRecord(const std::function<void(const SampleSet&, const pipeline::Metrics&)>& visit);
    std::vector<Evaluation> evaluations();

    // The last step or evaluation.
    std::optional<SampleSet> lastRecord();

    // ---- Samples
    // The rollout or evaluation at `globalStep`, or the last one before it: a step may use an older rollout.
    std::optional<SampleSet> sampleSetAt(SampleKind kind, std::int64_t globalStep);
    SamplePage samples(const SampleQuery& query);
    // The ids of everything that matches, sorted, for tables that jump: then rows() for what is in view. `limit`,
    // `after` and `previewBytes` are not looked at; at most `max` ids.
    std::vector<std::int64_t> sampleIds(const SampleQuery& query, std::size_t max = 10'000'000);
    std::vector<SampleRow> rows(const std::vector<std::int64_t>& ids, int previewBytes = 200);
    std::optional<SampleDetail> sample(std::int64_t id);
    // The whole group that sample `id` belongs to, itself included, by index.
    std::vector<SampleDetail> group(std::int64_t id);
    // Of one evaluation (SampleSet::record), by problem id: join two runs' lists for a paired comparison.
    std::vector<ProblemOutcome> outcomes(std::int64_t record);

    // ---- The rest
    std::vector<LogEntry> log(std::int64_t afterId = 0);
    std::vector<CheckpointInfo> checkpoints(); // live ones, oldest first

    // Reads the whole file against its checksums and its chain of records. Empty: nothing is damaged or missing.
    std::vector<Damage> verify();
    // Rows that were left out of the answers so far.
    const std::vector<Damage>& damage() const;

private:
    struct State;
    std::filesystem::path m_folder;
    std::unique_ptr<State> m_state;
};

} // namespace ahascope::store
