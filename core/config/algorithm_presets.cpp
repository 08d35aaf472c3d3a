#include "core/config/algorithm_presets.h"

#include <algorithm>

#include "core/config/schema_parts.h"

namespace ahascope::config {

namespace {

using Values = std::vector<std::pair<std::string, Value>>;

// Every preset sets every one of these, so that two presets never mix.
Values common(const Values& own)
{
    Values values{
        {"loss_type", std::string("dapo")},
        {"importance_sampling_level", std::string("token")},
        {"scale_rewards", std::string("group")},
        {"epsilon", 0.2},
        {"epsilon_high", Value()},
        {"delta", Value()},
        {"beta", 0.0},
        {"ref_model_sync_steps", std::int64_t{0}},
        {"ref_model_mixup_alpha", 0.6},
        {"mask_truncated_completions", false},
    };
    for (const auto& [key, value] : own) {
        std::find_if(values.begin(), values.end(), [&key = key](const auto& one) { return one.first == key; })->second
            = value;
    }
    return values;
}

Schema schemaOfGrpo()
{
    return stageSchema(makeStage("grpo"));
}

} // namespace

const std::vector<AlgorithmPreset>& algorithmPresets()
{
    static const std::vector<AlgorithmPreset> presets{
        {"R1 paper",
            "GRPO as DeepSeek-R1 was trained (arXiv 2501.12948): mean per answer, clip at 10, KL 0.001 to a reference "
            "that is "
            "replaced every 400 steps.",
            common({{"loss_type", std::string("grpo")}, {"epsilon", 10.0}, {"beta", 0.001},
                {"ref_model_sync_steps", std::int64_t{400}}, {"ref_model_mixup_alpha", 1.0}})},
        {"DAPO",
            "Every token counts alike, more room upwards than downwards, no KL, cut-off answers left out (arXiv "
            "2503.14476).",
            common({{"epsilon_high", 0.28}, {"mask_truncated_completions", true}})},
        {"Dr. GRPO", "Neither divided by the length nor by the deviation of the group, no KL (arXiv 2503.20783).",
            common({{"loss_type", std::string("dr_grpo")}, {"scale_rewards", std::string("none")}})},
        {"GSPO", "Ratios of whole completions, clipped closely, no KL (arXiv 2507.18071).",
            common({{"loss_type", std::string("grpo")}, {"importance_sampling_level", std::string("sequence")},
                {"epsilon", 3e-4}, {"epsilon_high", 4e-4}})},
        {"CISPO", "Weights are clipped instead of gradients, so that no token is left out (arXiv 2506.13585).",
            common({{"loss_type", std::string("cispo")}, {"epsilon_high", 5.0}})},
        {"TRL", "The defaults of TRL's GRPOConfig.", common({})},
    };
    return presets;
}

void apply(const AlgorithmPreset& preset, GrpoStage& stage)
{
    Stage whole;
    whole.options = stage;
    const Schema schema = schemaOfGrpo();
    for (const auto& [key, value] : preset.values) {
        schema.field(key)->set(&whole, value);
    }
    stage = std::get<GrpoStage>(whole.options);
}

bool matches(const AlgorithmPreset& preset, const GrpoStage& stage)
{
    GrpoStage applied = stage;
    apply(preset, applied);
    return applied == stage;
}

} // namespace ahascope::config
