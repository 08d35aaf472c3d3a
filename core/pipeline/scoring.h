// What is known of a completion once it is drawn: rewards, correctness, reflections, languages.
#pragma once

#include <vector>

#include "core/config/experiment.h"
#include "core/pipeline/run_event.h"
#include "core/pipeline/sampling.h"
#include "core/reward/recipe.h"
#include "core/text/prompt_template.h"
#include "core/text/tokenizer.h"

namespace ahascope::pipeline {

class Scorer {
public:
    // Throws InputError for a rule that cannot be made.
    Scorer(const config::Experiment& experiment, const text::PromptTemplate& prompt);
    explicit Scorer(reward::Recipe recipe);

    // One Sample per completion, group after group; advantages are left 0.
    std::vector<Sample> score(const std::vector<SampledGroup>& groups, const text::Tokenizer& tokenizer) const;

    const reward::Recipe& recipe() const { return m_recipe; }

private:
    void scoreGroup(const SampledGroup& group, std::int32_t index, const text::Tokenizer& tokenizer,
        std::vector<Sample>& samples) const;

    reward::Recipe m_recipe;
};

// The template of an experiment, a chat template completed by its model; the R1-Zero one when it names none. Throws
// InputError.
text::PromptTemplate templateOf(const config::Experiment& experiment);
// The experiment with what its template takes from the model and from the day written into it, as a run stores it.
config::Experiment withWholeTemplate(config::Experiment experiment);

// The rules of an experiment as a recipe.
reward::Recipe recipeOf(const config::Experiment& experiment, const text::CompletionFormat& format);

} // namespace ahascope::pipeline
