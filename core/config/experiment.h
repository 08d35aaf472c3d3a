// What a run is to do, as plain data: the content of an experiment file (TOML). The TOML key of a member is its name in
// snake_case; the schema (experiment_schema.h) holds units, ranges, choices and help. Keys and defaults are TRL's where
// TRL has one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ahascope::config {

constexpr std::int64_t currentSchemaVersion = 1;

// Options of a type that registers its own (rules, tasks, corpora), in the order of the type; those that were not given
// are absent and have the type's default. The same C++ type as reward::Options and data::Options.
using OptionValue = std::variant<bool, std::int64_t, double, std::string>;
using Options = std::vector<std::pair<std::string, OptionValue>>;

// The tokenizer made for a new model.
struct TokenizerRecipe {
    std::string type = "words"; // "words": each word of the corpus is one token, the rest by bytes; "bpe"
    std::int64_t vocabSize = 0; // of "bpe"; 0 = as many as "words" needs
    std::int64_t texts = 2000;  // of the corpus that "bpe" learns its merges from

    bool operator==(const TokenizerRecipe&) const = default;
};

// A model made from nothing, with random weights (seed of the experiment).
struct NewModel {
    std::string family = "qwen2"; // a model_type of config.json: "llama", "qwen2", "qwen3", "mistral"
    std::int64_t layers = 4;
    std::int64_t hiddenSize = 128;
    std::int64_t heads = 4;
    std::int64_t kvHeads = 4;
    std::int64_t headDim = 32;
    std::int64_t intermediateSize = 384;
    std::int64_t maxPositions = 512;
    std::int64_t slidingWindow = 0; // 0 = none
    double ropeTheta = 10000.0;
    double rmsNormEps = 1e-6;
    bool tieWordEmbeddings = true;
    double initializerRange = 0.02; // standard deviation of the first weights
    TokenizerRecipe tokenizer = {};

    bool operator==(const NewModel&) const = default;
};

// A new LoRA adapter: with it the adapter alone is trained. Keys are those of PEFT's LoraConfig, defaults TRL's.
struct Lora {
    std::int64_t r = 16;
    double loraAlpha = 32.0;
    std::string targetModules = "all-linear"; // or names, separated by commas
    bool useRslora = false;

    bool operator==(const Lora&) const = default;
};

// The modules that target_modules stands for, in the order of model::loraModuleNames() for "all-linear".
std::vector<std::string> targetModules(const Lora& lora);

// Exactly one of path and create is set in a valid experiment; at most one of adapter and lora, upon path.
struct ModelSource {
    std::filesystem::path path = {};     // a Hugging Face folder
    std::filesystem::path adapter = {};  // a folder in PEFT's layout, to be trained on
    std::optional<Lora> lora = {};       // a new adapter
    std::optional<NewModel> create = {}; // TOML key "new"
    std::string dtype = "f32";           // "bf16"

    bool operator==(const ModelSource&) const = default;
};

// At most one of the two; none: the R1-Zero template. loadExperiment() fills `text` from `file`.
struct TemplateSource {
    std::filesystem::path file = {};
    std::string text = {};

    bool operator==(const TemplateSource&) const = default;
};

// Where problems come from: a task generator with its own options, or a file and the names of its columns.
struct DataSource {
    std::string task = {}; // registered task; empty: a file
    Options options = {};  // of the task
    Options corpus = {};   // of the task's texts for supervised stages: shares of strategies, formats, languages

    std::filesystem::path path = {}; // .jsonl, .json, .csv, .tsv; .txt: plain text for pre-training
    std::string question = "question";
    std::string answer = "answer";
    std::string
        answerPattern; // regular expression whose first group is the answer ("#### (.*)"); empty: the column whole
    std::string completion = "completion"; // column with the text to learn, for sft and pretrain

    // "train" and "held_out" are the two sides of the split by a hash of the canonical problem. "auto": of a task,
    // "train" for data.train and "held_out" for every other set; of a file, "all".
    std::string split = "auto"; // "auto", "all", "train", "held_out"
    std::int64_t rows = 0;      // 0 = all there are; of an endless task, as many as are asked for
    std::int64_t seed = 0;      // of generation and of the choice of rows; 0 = the experiment's

    bool operator==(const DataSource&) const = default;
};

struct NamedData {
    std::string name = {}; // "eval": metrics eval/accuracy; any other: eval/<name>/accuracy
    DataSource source = {};

    bool operator==(const NamedData&) const = default;
};

struct Data {
    double heldOut = 0.1; // share of problems that never are in training
    DataSource train = {};
    std::vector<NamedData> eval = {}; // [data.eval] and every other table of [data]

    bool operator==(const Data&) const = default;
};

// As reward::RuleSpec.
struct Rule {
    std::string type = {}; // registered type
    std::string name = {}; // unique; metric rewards/<name>/mean; empty: the type
    double weight = 1.0;   // 0: measured, not rewarded
    Options options = {};

    bool operator==(const Rule&) const = default;
};

// AdamW and its schedule; part of every stage that trains. Keys stand in the stage itself.
struct Optimization {
    std::string optim = "adamw"; // "adamw_8bit"
    double learningRate = 1e-6;
    std::string lrSchedulerType = "linear"; // "constant", "linear", "cosine", "cosine_with_min_lr"
    double minLr = 0.0;                     // of cosine_with_min_lr
    std::int64_t warmupSteps = 0;           // above 0: takes precedence over the ratio
    double warmupRatio = 0.0;
    double adamBeta1 = 0.9;
    double adamBeta2 = 0.999;
    double adamEpsilon = 1e-8;
    double weightDecay = 0.0;
    double maxGradNorm = 1.0;             // 0 = no clipping
    std::int64_t microBatchTokens = 4096; // rows of one forward and backward pass
    bool gradientCheckpointing = false;

    bool operator==(const Optimization&) const = default;
};

// Held-out evaluation within a stage, of every eval set. Step 0 and the last step are always evaluated.
struct Evaluation {
    std::int64_t every = 20;  // steps; 0 = only the first and the last
    std::int64_t samples = 4; // completions per problem
    double temperature = 1.0;
    double topP = 1.0;
    std::int64_t topK = 0;
    std::int64_t rows = 0; // of each set, evenly chosen; 0 = all. The first and the last evaluation take all.
    std::int64_t maxCompletionLength = 0; // 0 = the stage's

    bool operator==(const Evaluation&) const = default;
};

struct GrpoStage {
    std::int64_t numPrompts = 32;           // prompts per rollout
    std::int64_t numGenerations = 8;        // completions per prompt (the group)
    std::int64_t updatesPerRollout = 1;     // mini-batches of whole groups per pass; divides numPrompts
    std::int64_t numIterations = 1;         // passes over a rollout
    std::int64_t maxCompletionLength = 512; // tokens
    double temperature = 1.0;
    double topP = 1.0;
    std::int64_t topK = 0; // 0 = off
    bool shuffleDataset = true;
    bool maskTruncatedCompletions = false;

    std::string lossType = "dapo";                 // grpo, bnpo, dapo, dr_grpo, cispo, sapo, luspo, vespo
    std::string importanceSamplingLevel = "token"; // or "sequence"
    std::string scaleRewards = "group";            // "batch", "none"
    double epsilon = 0.2;
    std::optional<double> epsilonHigh = {}; // epsilon when absent
    std::optional<double> delta = {};
    double topEntropyQuantile = 1.0;
    double sapoTemperatureNeg = 1.05;
    double sapoTemperaturePos = 1.0;
    double vespoKPos = 2.0;
    double vespoLambdaPos = 3.0;
    double vespoKNeg = 3.0;
    double vespoLambdaNeg = 2.0;

    double beta = 0.0; // weight of the KL to the reference; 0 = no reference
    bool useBiasCorrectionKl = false;
    std::int64_t refModelSyncSteps = 0; // steps between refreshes of the reference; 0 = never
    double refModelMixupAlpha = 0.6;    // 1 = the reference becomes the policy

    double entropyCoef = 0.0;
    bool useAdaptiveEntropy = false;
    double entropyCoefMin = 0.0;
    double entropyCoefMax = 1.0;
    double entropyCoefDelta = 0.005;
    double entropyTarget = 0.2;

    Optimization optimization = {};
    Evaluation evaluation = {};

    bool operator==(const GrpoStage&) const = default;
};

// Masked supervised fine-tuning: prompts through the template, loss on completions.
struct SftStage {
    std::string data = "train";        // name of a set of [data]
    std::int64_t batchSize = 64;       // texts per step
    std::string lossOn = "completion"; // or "all"
    std::int64_t maxLength = 512;      // tokens; longer texts are left out and counted
    bool shuffleDataset = true;

    Optimization optimization{.learningRate = 2e-5, .lrSchedulerType = "cosine"};
    Evaluation evaluation = {};
    std::int64_t maxCompletionLength = 512; // of evaluation

    bool operator==(const SftStage&) const = default;
};

// Language-model pre-training on the task's corpus or on a text file. The same machinery as sft.
struct PretrainStage {
    std::string data = "train";
    std::int64_t batchSize = 64;
    std::string lossOn = "completion"; // of a text file always "all"
    std::int64_t maxLength = 512;
    bool shuffleDataset = true;

    Optimization optimization{.learningRate = 1.5e-3, .lrSchedulerType = "cosine", .adamBeta2 = 0.98};
    Evaluation evaluation{.every = 0};
    std::int64_t maxCompletionLength = 512; // of evaluation

    bool operator==(const PretrainStage&) const = default;
};

using StageOptions = std::variant<GrpoStage, SftStage, PretrainStage>;

struct Stage {
    std::string name = {};         // unique; empty: the type
    std::int64_t steps = 200;      // optimizer updates
    std::string init = "previous"; // "base", "previous" (of the first stage: base) or the name of an earlier stage
    StageOptions options = {};

    bool operator==(const Stage&) const = default;
};

// TOML key "type": "grpo", "sft", "pretrain".
std::string typeOf(const Stage& stage);
// Parts that every type has.
const Optimization& optimizationOf(const Stage& stage);
const Evaluation& evaluationOf(const Stage& stage);
std::int64_t maxCompletionLengthOf(const Stage& stage);
// Longest text of a supervised stage; 0 for grpo.
std::int64_t maxLengthOf(const Stage& stage);

struct Checkpoint {
    std::int64_t every = 50; // steps; 0 = only at the end of a stage and when stopped
    std::int64_t keep = 3;   // newest ones; the last of each stage is kept besides

    bool operator==(const Checkpoint&) const = default;
};

// Paths are absolute once an experiment has been loaded; saving makes those below or beside the file relative again.
struct Experiment {
    std::int64_t schemaVersion = currentSchemaVersion;
    std::string name = {};
    std::string notes = {};
    std::int64_t seed = 1;
    std::string device = "auto"; // "auto", "cpu", "cuda", "cuda:N"
    ModelSource model = {};
    TemplateSource prompt = {}; // TOML key "template"
    Data data = {};
    std::vector<Rule> rules = {};   // TOML key "rule"
    std::vector<Stage> stages = {}; // TOML key "stage"
    Checkpoint checkpoint = {};

    bool operator==(const Experiment&) const = default;
};

} // namespace ahascope::config
