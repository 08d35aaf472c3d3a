// What a run stores of a chat template.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/atomic_file.h"
#include "core/pipeline/scoring.h"
#include "core/problem.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::pipeline {
namespace {

using testing::HasSubstr;

const char* const chat = "+++\nstop = \"</answer>\"\n[chat]\nsystem = \"Think.\"\n+++\n";

TEST(WholeTemplate, HoldsWhatTheModelBrings)
{
    const test::TemporaryFolder folder;
    formats::writeFileAtomically(folder.path() / "tokenizer_config.json",
        R"({"bos_token": "<s>", "chat_template": "{{ bos_token }}{{ messages[0].content }}{{ strftime_now('%Y') }}"})");
    config::Experiment experiment;
    experiment.model.path = folder.path();
    experiment.prompt.text = chat;
    const std::string prompt = templateOf(experiment).render("q");
    EXPECT_THAT(prompt, HasSubstr("<s>Think.20"));
    config::Experiment stored = withWholeTemplate(experiment);
    stored.model.path.clear();
    EXPECT_EQ(templateOf(stored).render("q"), prompt);
}

TEST(WholeTemplate, LeavesAPlainTemplateAsItIs)
{
    config::Experiment experiment;
    experiment.prompt.text = "Q: {{prompt}}";
    EXPECT_EQ(withWholeTemplate(experiment), experiment);
}

TEST(WholeTemplate, RefusesAModelWithoutAChatTemplate)
{
    config::Experiment experiment;
    experiment.prompt.text = chat;
    EXPECT_THROW(templateOf(experiment), InputError);
}

} // namespace
} // namespace ahascope::pipeline
