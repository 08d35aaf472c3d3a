// What people get wrong, given to the program: one clear line, the exit code, and everything on disk as it was.
#include <algorithm>
#include <cstring>
#include <functional>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/store/catalogue.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/tiny_experiment.h"

namespace ahascope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

const fs::path resources = fs::path(AHASCOPE_SOURCE_DIR) / "resources";
constexpr const char* aTokenLine = "{\"ids\": [5, 6]}\n";

class BadInput : public testing::Test {
protected:
    BadInput() { test::writeFile(experiment(), test::tinyExperimentToml()); }

    fs::path at(const char* name) const { return m_folder.path() / name; }
    fs::path experiment() const { return at("tiny.toml"); }
    std::vector<std::string> runWith(std::vector<std::string> more) const
    {
        std::vector<std::string> all{"run", experiment().string(), "--store", at("store").string()};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    // `said`: parts of the one line.
    void expectRefusal(const std::vector<std::string>& arguments, const std::vector<std::string>& said, int code = 2,
        const std::string& input = "") const
    {
        const auto before = test::snapshot(m_folder.path());
        const test::Ran ran = test::run(arguments, input);
        EXPECT_EQ(ran.code, code);
        EXPECT_EQ(ran.out, "");
        EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
        for (const std::string& part : said)
            EXPECT_THAT(ran.err, HasSubstr(part));
        EXPECT_THAT(test::differences(before, test::snapshot(m_folder.path())), testing::IsEmpty());
    }

    // A copy of a shipped model.
    fs::path model() const
    {
        fs::copy(resources / "models" / "countdown-tiny", at("model"));
        return at("model");
    }
    // The same with another header in its safetensors file.
    fs::path modelWith(const std::function<void(json& header)>& change) const
    {
        const fs::path folder = model();
        const std::string file = test::contentsOf(folder / "model.safetensors");
        std::uint64_t size = 0;
        std::memcpy(&size, file.data(), sizeof size);
        json header = json::parse(file.substr(sizeof size, size));
        change(header);
        const std::string text = header.dump();
        const std::uint64_t newSize = text.size();
        std::string changed(reinterpret_cast<const char*>(&newSize), sizeof newSize);
        changed += text + file.substr(sizeof size + size);
        test::writeFile(folder / "model.safetensors", changed);
        return folder;
    }
    void expectModelRefused(const fs::path& folder, const std::vector<std::string>& said) const
    {
        expectRefusal({"logprobs", "--model", folder.string()}, said, 2, aTokenLine);
    }

    // A store with one run in it.
    store::OpenedRun makeStore() const
    {
        store::NewRun run;
        run.name = "first";
        run.description.experiment = test::tinyExperimentToml();
        return store::Catalogue(at("store")).create(run);
    }
    // What SQLite calls user_version: big-endian at byte 60.
    static void makeNewer(const fs::path& database)
    {
        std::string file = test::contentsOf(database);
        file.replace(60, 4, std::string("\0\0\0\x63", 4));
        test::writeFile(database, file);
    }

private:
    test::TemporaryFolder m_folder;
};

constexpr const char* norm = "model.layers.0.input_layernorm.weight";

TEST_F(BadInput, ATruncatedSafetensorsFile)
{
    const fs::path folder = model();
    fs::resize_file(folder / "model.safetensors", 100'000);
    expectModelRefused(folder, {"model.safetensors", "follow the header", "fetch or save it again"});
    fs::resize_file(folder / "model.safetensors", 5);
    expectModelRefused(folder, {"model.safetensors", "5 bytes", "fetch or save it again"});
}

TEST_F(BadInput, ASafetensorsHeaderThatClaimsTooMuch)
{
    const fs::path folder = model();
    std::string file = test::contentsOf(folder / "model.safetensors");
    file[7] = 0x40; // of the length, least significant byte first
    test::writeFile(folder / "model.safetensors", file);
    expectModelRefused(folder, {"model.safetensors", "claims a header of 46116", "fetch or save it again"});
}

TEST_F(BadInput, OverlappingTensors)
{
    const fs::path folder = modelWith([](json& header) {
        json& offsets = header[norm]["data_offsets"];
        offsets = {offsets[0].get<std::int64_t>() - 8, offsets[1].get<std::int64_t>() - 8};
    });
    expectModelRefused(folder, {"model.safetensors", norm, "overlap", "fetch or save it again"});
}

TEST_F(BadInput, ATensorThatIsTooShortForItsShape)
{
    const fs::path folder = modelWith([](json& header) { header[norm]["shape"] = {129}; });
    expectModelRefused(folder, {"model.safetensors", norm, "258 bytes", "fetch or save it again"});
}

TEST_F(BadInput, ATokenizerWithMergesOutsideItsVocabulary)
{
    const fs::path file = model() / "tokenizer.json";
    json tokenizer = json::parse(test::contentsOf(file));
    tokenizer["model"]["merges"].push_back({"qz", "zq"});
    test::writeFile(file, tokenizer.dump());
    expectRefusal({"tokenize", "--model", file.string()},
        {"tokenizer.json", "model.merges[", "'qz' is not in model.vocab", "fetch it again"}, 2, "{\"text\": \"a\"}\n");
}

TEST_F(BadInput, AnUnknownKeyNamesTheNearestKnownOne)
{
    std::string toml = test::tinyExperimentToml();
    toml.replace(toml.find("num_prompts"), 11, "num_promts");
    test::writeFile(experiment(), toml);
    expectRefusal(runWith({}), {"tiny.toml: line ", "stage.1.num_promts", "unknown key", "\"num_prompts\""});
}

TEST_F(BadInput, ASettingThatDoesNotExistNamesTheNearestKnownOne)
{
    expectRefusal(runWith({"--set", "stage.reasoning.stepz=3"}), {"--set stage.reasoning.stepz", "\"steps\""});
    expectRefusal(runWith({"--set", "stage.resoning.steps=3"}), {"--set stage.resoning.steps", "\"reasoning\""});
}

TEST_F(BadInput, UpdatesPerRolloutThatDoNotDivide)
{
    expectRefusal(runWith({"--set", "stage.1.updates_per_rollout=3"}),
        {"updates_per_rollout", "3 does not divide num_prompts = 4", "choose one of 1, 2, 4"});
}

TEST_F(BadInput, ATemplateWithoutThePrompt)
{
    test::writeFile(at("template.txt"), "Question: ?\n");
    const std::string file = at("template.txt").string();
    const std::vector<std::string> said{"template.txt", "has no {{prompt}}", "put {{prompt}} where"};
    expectRefusal(runWith({"--set", "template.text=", "--set", "template.file=" + file}), said);
    expectRefusal({"render", "--template", file}, said);
}

TEST_F(BadInput, ADatasetLineThatIsNotJson)
{
    test::writeFile(at("data.jsonl"), "{\"question\": \"1\", \"answer\": \"1\"}\nnot JSON\n");
    expectRefusal(runWith({"--set", "data.eval.task=", "--set", "data.eval.path=" + at("data.jsonl").string()}),
        {"data.jsonl: line 2", "not a JSON object", "one object per line"});
}

TEST_F(BadInput, ADeviceThatIsNotThere)
{
    expectRefusal(runWith({"--device", "gpu"}), {"device", "\"gpu\"", "use \"cpu\""});
}

TEST_F(BadInput, AStoreThatCannotBeMade)
{
    expectRefusal({"run", experiment().string(), "--store", (experiment() / "store").string()},
        {"tiny.toml/store", "cannot be made", "choose a store folder"}, 1);
}

TEST_F(BadInput, AStoreOfANewerProgram)
{
    makeStore();
    makeNewer(at("store") / "ahascope.db");
    const std::vector<std::string> said{"ahascope.db", "newer Ahascope", "install that version"};
    expectRefusal(runWith({}), said, 1);
    expectRefusal({"list", "--store", at("store").string()}, said, 1);
}

TEST_F(BadInput, ARunOfANewerProgram)
{
    fs::path folder;
    {
        const store::OpenedRun run = makeStore();
        folder = run.lease.folder();
    }
    test::run({"list", "--store", at("store").string()}); // has seen it
    makeNewer(folder / "run.db");
    expectRefusal(
        {"resume", "first", "--store", at("store").string()}, {"run.db", "newer Ahascope", "install that version"}, 1);
}

TEST_F(BadInput, ASecondProgramOnTheSameRun)
{
    const store::OpenedRun run = makeStore();
    const auto before = test::snapshot(at("store") / "runs"); // the catalogue may remember what it has seen of them
    for (const char* command : {"resume", "delete"}) {
        const test::Ran ran = test::run({command, "1", "--store", at("store").string()});
        EXPECT_EQ(ran.code, 1);
        EXPECT_THAT(ran.err, HasSubstr("1-first: this run is being written by process " + std::to_string(getpid())));
        EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
        EXPECT_THAT(test::differences(before, test::snapshot(at("store") / "runs")), testing::IsEmpty());
    }
}

TEST_F(BadInput, AFullDiskLeavesTheOtherRunsAndTheStoreInOrder)
{
    const std::vector<std::string> quick = runWith({"--set", "stage.base.steps=1", "--set", "stage.1.steps=2"});
    ASSERT_EQ(test::run(quick).code, 0);
    const auto first = test::snapshot(at("store") / "runs" / "1-tiny");

    // Not enough for the run's database; enough for it and not for a checkpoint.
    for (const auto& [room, said] : {std::pair(60 << 10, "run.db"), std::pair(100 << 10, "checkpoints")}) {
        const test::Ran ran = test::run(quick, "", room);
        EXPECT_EQ(ran.code, 1);
        EXPECT_THAT(ran.err, HasSubstr(said));
        EXPECT_THAT(test::differences(first, test::snapshot(at("store") / "runs" / "1-tiny")), testing::IsEmpty());
        EXPECT_THAT(test::run({"list", "--store", at("store").string()}).out, HasSubstr("finished"));
    }
}

TEST_F(BadInput, AnExperimentThatIsWrongLeavesTheEventsOfAnEarlierRun)
{
    test::writeFile(at("events.jsonl"), "earlier\n");
    expectRefusal(runWith({"--set", "stage.1.updates_per_rollout=3", "--events", at("events.jsonl").string()}),
        {"updates_per_rollout"});
}

} // namespace
} // namespace ahascope
