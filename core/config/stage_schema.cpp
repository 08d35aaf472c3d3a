#include <algorithm>
#include <array>

#include "core/config/schema_builder.h"
#include "core/config/schema_parts.h"

namespace ahascope::config {

namespace {

constexpr double mostSteps = 1e9;
constexpr double mostTokens = 1e6;

Schema optimizationSchema()
{
    return SchemaBuilder<Optimization>("Optimization", "AdamW and the learning rate.")
        .number("learning_rate", &Optimization::learningRate, {0, 10},
            "Peak step size of AdamW; tiny models take 1e-4, large ones 1e-6.")
        .choice("optim", &Optimization::optim, {"adamw", "adamw_8bit"},
            "adamw_8bit keeps the moments in 8 bits, in a quarter of the memory.")
        .advanced()
        .choice("lr_scheduler_type", &Optimization::lrSchedulerType,
            {"constant", "linear", "cosine", "cosine_with_min_lr"}, "How the learning rate falls over the stage.")
        .number("min_lr", &Optimization::minLr, {0, 10}, "Learning rate at the end of cosine_with_min_lr.")
        .advanced()
        .integer("warmup_steps", &Optimization::warmupSteps, {0, mostSteps, "steps"},
            "Steps over which the learning rate rises from 0; above 0 it replaces warmup_ratio.")
        .number("warmup_ratio", &Optimization::warmupRatio, {0, 1, "share of the steps"},
            "Share of the stage over which the learning rate rises from 0.")
        .advanced()
        .number("adam_beta1", &Optimization::adamBeta1, {0, 0.9999999}, "Memory of AdamW's mean of gradients.")
        .advanced()
        .number("adam_beta2", &Optimization::adamBeta2, {0, 0.9999999}, "Memory of AdamW's mean of squared gradients.")
        .advanced()
        .number("adam_epsilon", &Optimization::adamEpsilon, {1e-30, 1}, "Keeps AdamW's division apart from 0.")
        .advanced()
        .number("weight_decay", &Optimization::weightDecay, {0, 10},
            "Pull of the weights towards 0; norms and biases are spared.")
        .advanced()
        .number(
            "max_grad_norm", &Optimization::maxGradNorm, {0, 1e9}, "Longer gradients are shortened to this; 0: never.")
        .advanced()
        .integer("micro_batch_tokens", &Optimization::microBatchTokens, {16, 16e6, "tokens"},
            "Tokens of one forward and backward pass; less takes less memory and changes no result.")
        .advanced()
        .boolean("gradient_checkpointing", &Optimization::gradientCheckpointing,
            "Computes each layer again on the way back: a third more work for far less memory; changes no result.")
        .advanced()
        .build("optimization");
}

Schema evaluationSchema()
{
    return SchemaBuilder<Evaluation>(
        "Evaluation", "Held-out problems are solved before the first and after the last step, and in between.")
        .integer(
            "every", &Evaluation::every, {0, mostSteps, "steps"}, "Steps between evaluations; 0: only first and last.")
        .integer("samples", &Evaluation::samples, {1, 1024, "completions"},
            "Completions per problem; pass@k and maj@k take k up to this.")
        .number("temperature", &Evaluation::temperature, {0, 10}, "Of the samples; 0 always takes the likeliest token.")
        .number("top_p", &Evaluation::topP, {1e-6, 1},
            "Samples come from the likeliest tokens that make up this probability.")
        .integer("top_k", &Evaluation::topK, {0, mostTokens, "tokens"},
            "Samples come from so many likeliest tokens; 0: all.")
        .advanced()
        .integer("rows", &Evaluation::rows, {0, 20e6, "problems"},
            "Problems of each set in evaluations between the first and the last, which take all; 0: all.")
        .integer("max_completion_length", &Evaluation::maxCompletionLength, {0, mostTokens, "tokens"},
            "Longest completion; 0: as in training.")
        .advanced()
        .build("evaluation");
}

std::vector<std::int64_t> divisorsOf(std::int64_t number)
{
    std::vector<std::int64_t> divisors;
    for (std::int64_t candidate = 1; candidate <= number; ++candidate) {
        if (number % candidate == 0) {
            divisors.push_back(candidate);
        }
    }
    return divisors;
}

void checkGrpo(const GrpoStage& stage, const std::string& path, std::vector<Problem>& problems)
{
    if (stage.updatesPerRollout > 0 && stage.numPrompts > 0 && stage.numPrompts % stage.updatesPerRollout != 0) {
        std::string all;
        for (const std::int64_t divisor : divisorsOf(stage.numPrompts)) {
            all += (all.empty() ? "" : ", ") + std::to_string(divisor);
        }
        problems.push_back({path + "updates_per_rollout",
            std::to_string(stage.updatesPerRollout)
                + " does not divide num_prompts = " + std::to_string(stage.numPrompts),
            "choose one of " + all});
    }
    const double upper = stage.epsilonHigh.value_or(stage.epsilon);
    if (stage.delta && *stage.delta <= 1 + upper) {
        problems.push_back({path + "delta", "is not above 1 + epsilon_high = " + toString(Value(1 + upper)),
            "raise it, or remove it"});
    }
    if (stage.entropyCoefMin > stage.entropyCoefMax) {
        problems.push_back({path + "entropy_coef_min", "is above entropy_coef_max", "lower it"});
    }
}

Schema grpoSchema()
{
    SchemaBuilder<GrpoStage> builder(
        "GRPO", "Reinforcement learning from groups of completions compared with each other.");
    builder.integer("num_prompts", &GrpoStage::numPrompts, {1, 65536, "prompts"}, "Prompts of one rollout.")
        .integer("num_generations", &GrpoStage::numGenerations, {2, 4096, "completions"},
            "Completions per prompt: the group whose mean reward each is measured against.")
        .integer("updates_per_rollout", &GrpoStage::updatesPerRollout, {1, 65536, "updates"},
            "Mini-batches of whole groups that a rollout is cut into; must divide num_prompts.")
        .integer("num_iterations", &GrpoStage::numIterations, {1, 1000, "passes"}, "Passes over one rollout.")
        .integer("max_completion_length", &GrpoStage::maxCompletionLength, {1, mostTokens, "tokens"},
            "Longer completions are cut off; leave room, or long answers are never rewarded.")
        .number("temperature", &GrpoStage::temperature, {0.01, 10},
            "Of rollouts; the trainer's logits are divided by it too.")
        .number("top_p", &GrpoStage::topP, {1e-6, 1}, "Below 1 rollouts differ from the policy that is trained.")
        .advanced()
        .integer("top_k", &GrpoStage::topK, {0, mostTokens, "tokens"},
            "Above 0 rollouts differ from the policy that is trained.")
        .advanced()
        .boolean("shuffle_dataset", &GrpoStage::shuffleDataset, "A new order of the problems in every pass over them.")
        .advanced()
        .boolean("mask_truncated_completions", &GrpoStage::maskTruncatedCompletions,
            "Completions that were cut off do not count in the loss.")
        .choice("loss_type", &GrpoStage::lossType,
            {"grpo", "bnpo", "dapo", "dr_grpo", "cispo", "sapo", "luspo", "vespo"},
            "How the losses of tokens are added up; grpo favours short right answers, dapo treats all tokens alike.")
        .choice("importance_sampling_level", &GrpoStage::importanceSamplingLevel, {"token", "sequence"},
            "Whether the ratio of new to old policy is taken per token or per completion (GSPO).")
        .choice("scale_rewards", &GrpoStage::scaleRewards, {"group", "batch", "none"},
            "Whose standard deviation advantages are divided by; none: not divided (Dr. GRPO).")
        .number(
            "epsilon", &GrpoStage::epsilon, {0, 1e6}, "How far below 1 the ratio may fall before its gradient is cut.")
        .number("epsilon_high", &GrpoStage::epsilonHigh, {0, 1e6},
            "How far above 1 the ratio may rise; as epsilon if not given.")
        .number(
            "delta", &GrpoStage::delta, {1, 1e6}, "Upper bound of the ratio that is not clipped (two-sided clipping).")
        .advanced()
        .number("top_entropy_quantile", &GrpoStage::topEntropyQuantile, {0, 1, "share"},
            "Only this share of tokens, those of highest entropy, is trained on.")
        .advanced()
        .number("sapo_temperature_neg", &GrpoStage::sapoTemperatureNeg, {1e-6, 1e6},
            "Sharpness of sapo's gate where the advantage is negative.")
        .advanced()
        .number("sapo_temperature_pos", &GrpoStage::sapoTemperaturePos, {1e-6, 1e6},
            "Sharpness of sapo's gate where the advantage is positive.")
        .advanced()
        .number(
            "vespo_k_pos", &GrpoStage::vespoKPos, {0, 1e6}, "Power of vespo's weight where the advantage is positive.")
        .advanced()
        .number("vespo_lambda_pos", &GrpoStage::vespoLambdaPos, {0, 1e6},
            "Decay of vespo's weight where the advantage is positive.")
        .advanced()
        .number(
            "vespo_k_neg", &GrpoStage::vespoKNeg, {0, 1e6}, "Power of vespo's weight where the advantage is negative.")
        .advanced()
        .number("vespo_lambda_neg", &GrpoStage::vespoLambdaNeg, {0, 1e6},
            "Decay of vespo's weight where the advantage is negative.")
        .advanced()
        .number("beta", &GrpoStage::beta, {0, 1e3},
            "Weight of the KL divergence from the reference; 0: no reference is kept.")
        .boolean("use_bias_correction_kl", &GrpoStage::useBiasCorrectionKl,
            "Multiplies the KL estimate by the importance ratio (DeepSeek-V3.2).")
        .advanced()
        .integer("ref_model_sync_steps", &GrpoStage::refModelSyncSteps, {0, mostSteps, "steps"},
            "Steps between refreshes of the reference; 0: never.")
        .number("ref_model_mixup_alpha", &GrpoStage::refModelMixupAlpha, {0, 1, "share"},
            "Share of the policy in a refreshed reference; 1 replaces it.")
        .advanced()
        .number("entropy_coef", &GrpoStage::entropyCoef, {0, 100}, "Weight of a bonus for entropy.")
        .boolean("use_adaptive_entropy", &GrpoStage::useAdaptiveEntropy,
            "Moves entropy_coef so that the entropy stays at entropy_target.")
        .advanced()
        .number("entropy_coef_min", &GrpoStage::entropyCoefMin, {0, 100}, "Lower bound of the adaptive entropy_coef.")
        .advanced()
        .number("entropy_coef_max", &GrpoStage::entropyCoefMax, {0, 100}, "Upper bound of the adaptive entropy_coef.")
        .advanced()
        .number("entropy_coef_delta", &GrpoStage::entropyCoefDelta, {0, 100}, "Step of the adaptive entropy_coef.")
        .advanced()
        .number("entropy_target", &GrpoStage::entropyTarget, {0, 100, "nats"},
            "Entropy per token that use_adaptive_entropy keeps to.")
        .advanced()
        .include(optimizationSchema(), &GrpoStage::optimization)
        .section("evaluation", &GrpoStage::evaluation, evaluationSchema())
        .check(checkGrpo);
    return builder.build("grpo");
}

// sft and pretrain have the same members.
template <class T>
Schema supervisedSchema(const std::string& type, std::string title, std::string help)
{
    SchemaBuilder<T> builder(std::move(title), std::move(help));
    builder.text("data", &T::data, "Name of the set of [data] that is learnt.")
        .integer("batch_size", &T::batchSize, {1, 65536, "texts"}, "Texts per step.")
        .choice(
            "loss_on", &T::lossOn, {"completion", "all"}, "Which tokens are to be predicted; of plain text always all.")
        .integer("max_length", &T::maxLength, {2, mostTokens, "tokens"}, "Longer texts are left out.")
        .boolean("shuffle_dataset", &T::shuffleDataset, "A new order of the rows of a file in every pass over them.")
        .advanced()
        .integer("max_completion_length", &T::maxCompletionLength, {1, mostTokens, "tokens"},
            "Longest completion of evaluations.")
        .advanced()
        .include(optimizationSchema(), &T::optimization)
        .section("evaluation", &T::evaluation, evaluationSchema());
    return builder.build(type);
}

// A registered type of stage.
struct StageType {
    std::string type;
    StageOptions (*make)();
    Schema (*schema)();
    // The options as the object of that schema; null when the stage is of another type.
    void* (*object)(StageOptions& options);
};

template <class T>
StageType stageType(std::string type, Schema (*schema)())
{
    return {std::move(type), [] { return StageOptions(T()); }, schema,
        [](StageOptions& options) -> void* { return std::get_if<T>(&options); }};
}

// Every type of stage there is. One line each.
const std::vector<StageType>& stageTypes()
{
    static const std::vector<StageType> types{
        stageType<GrpoStage>("grpo", grpoSchema),
        stageType<PretrainStage>("pretrain",
            [] {
                return supervisedSchema<PretrainStage>(
                    "pretrain", "Pre-training", "Next-token prediction on the task's corpus or on plain text.");
            }),
        stageType<SftStage>("sft",
            [] {
                return supervisedSchema<SftStage>(
                    "sft", "Supervised fine-tuning", "Learning completions word for word.");
            }),
    };
    return types;
}

const StageType& typeNamed(const std::string& name)
{
    const std::vector<StageType>& types = stageTypes();
    return *std::find_if(types.begin(), types.end(), [&](const StageType& one) { return one.type == name; });
}

void* optionsIn(void* object)
{
    auto& stage = *static_cast<Stage*>(object);
    return typeNamed(typeOf(stage)).object(stage.options);
}

Field typeField()
{
    Field field;
    field.key = "type";
    field.kind = FieldKind::Choice;
    field.fallback = std::string();
    field.choices = stageTypeNames();
    field.help = "What the stage does.";
    field.choosesSchema = true;
    field.get = [](const void* object) { return Value(typeOf(*static_cast<const Stage*>(object))); };
    field.set = [](void* object, const Value& value) {
        auto& stage = *static_cast<Stage*>(object);
        const auto& type = std::get<std::string>(value);
        if (type != typeOf(stage)) {
            stage.options = typeNamed(type).make();
        }
    };
    return field;
}

} // namespace

std::vector<std::string> stageTypeNames()
{
    std::vector<std::string> names;
    for (const StageType& type : stageTypes()) {
        names.push_back(type.type);
    }
    return names;
}

Stage makeStage(const std::string& type)
{
    Stage stage;
    const std::vector<std::string> known = stageTypeNames();
    if (std::find(known.begin(), known.end(), type) != known.end()) {
        stage.options = typeNamed(type).make();
    }
    return stage;
}

Schema stageSchema(const Stage& stage)
{
    Schema own = typeNamed(typeOf(stage)).schema();
    SchemaBuilder<Stage> builder(own.title, own.help);
    builder.field(typeField())
        .text("name", &Stage::name, "Unique in the experiment; empty: the type.")
        .integer("steps", &Stage::steps, {1, mostSteps, "steps"}, "Optimizer updates.")
        .text("init", &Stage::init, "Weights to begin with: base, previous, or the name of an earlier stage.")
        .advanced();
    Schema schema = builder.build("stage");
    // The options stand in the stage's own table.
    for (Field& field : own.fields) {
        field.get = [get = field.get](const void* object) { return get(optionsIn(const_cast<void*>(object))); };
        field.set = [set = field.set](void* object, const Value& value) { set(optionsIn(object), value); };
        schema.fields.push_back(std::move(field));
    }
    for (Section& section : own.sections) {
        section.object = [object = section.object](void* owner) { return object(optionsIn(owner)); };
        schema.sections.push_back(std::move(section));
    }
    for (auto& check : own.checks) {
        schema.checks.emplace_back(
            [check](const void* object, const std::string& path, std::vector<Problem>& problems) {
                check(optionsIn(const_cast<void*>(object)), path, problems); // only read
            });
    }
    return schema;
}

} // namespace ahascope::config
