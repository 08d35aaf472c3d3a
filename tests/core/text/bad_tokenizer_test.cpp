// Every file of bad_tokenizer/ is refused with its name, a place in it and a reason.
#include <algorithm>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.h"
#include "core/text/tokenizer.h"

namespace ahascope::text {
namespace {

using testing::HasSubstr;

const std::filesystem::path Folder = std::filesystem::path(AHASCOPE_SOURCE_DIR) / "tests/core/text/bad_tokenizer";

struct BadFile {
    const char* name;
    const char* place;
    const char* reason;
};

constexpr BadFile BadFiles[] = {
    {"added-id-out-of-turn", ": added_tokens[0]: id", "2000000000 is outside"},
    {"added-token-normalised-away", ": added_tokens", "leaves nothing of 'aa'"},
    {"added-token-too-long", ": added_tokens[0]: content", "has 5000 bytes"},
    {"decoder-of-other-alphabet", ": decoder", "only one of them is ByteLevel"},
    {"decoder-replacements-explode", ": decoder: decoders[0]: content", "more than 4 times as long"},
    {"expression-that-backtracks", ": pre_tokenizer: pretokenizers[0]: pattern", "'(a*)*b' is not one of the known"},
    {"id-is-a-fraction", ": model.vocab", "the id 1.5 of 'b' is not a whole number"},
    {"id-negative", ": model.vocab", "the id -1 of 'b' is not a whole number"},
    {"id-twice", ": model.vocab", "the id 0 stands for two tokens"},
    {"id-wants-gigabytes", ": model.vocab", "the id 3999999 of 'b' is not a whole number below 6"},
    {"id-wraps-in-64-bit", ": model.vocab", "of 'b' is not a whole number"},
    {"id-wraps-to-zero", ": model.vocab", "the id 4294967296 of 'b' is not a whole number"},
    {"key-twice", "", "the key 'type' stands twice"},
    {"lone-surrogate", "", "byte 60 is not JSON"},
    {"merge-of-three", ": model.merges[0]", "is neither"},
    {"merge-of-unknown-token", ": model.merges[0]", "'c' is not in model.vocab"},
    {"metaspace-of-two-characters", ": pre_tokenizer: replacement", "is not a single character"},
    {"model-missing", ": model", "is missing"},
    {"model-unigram", ": model: type", "'Unigram' is not supported"},
    {"nested-too-deep", "", "nested more than 32 levels deep"},
    {"not-utf-8", "", "byte 55 is not JSON"},
    {"nothing", "", "unexpected end of input"},
    {"replace-empty-string", ": normalizer: pattern: String", "is empty"},
    {"replacements-explode", ": normalizer: normalizers[0]: content", "more than 4 times as long"},
    {"sequence-too-deep", "", "nested more than 32 levels deep"},
    {"strip-negative", ": decoder: decoders[1]: start", "-1 is outside"},
    {"strip-of-the-end", ": decoder: decoders[1]: stop", "is outside"},
    {"template-id-negative", ": post_processor: special_tokens: <s>: ids", "is not a whole number in range"},
    {"template-id-unknown", ": post_processor", "its id 7 is not in the vocabulary"},
    {"token-empty", ": model.vocab", "a token has 0 bytes"},
    {"token-too-long", ": model.vocab", "a token has 5000 bytes"},
    {"token-twice", ": model.vocab", "the token 'b' stands twice"},
    {"truncated", "", "byte 61 is not JSON"},
    {"unknown-token-missing", ": model: unk_token", "'<unk>' is not in the vocabulary"},
};

TEST(BadTokenizer, IsRefusedWithFilePlaceAndReason)
{
    for (const BadFile& bad : BadFiles) {
        SCOPED_TRACE(bad.name);
        const auto path = Folder / (std::string(bad.name) + ".json");
        ASSERT_TRUE(std::filesystem::exists(path));
        try {
            Tokenizer::fromFile(path);
            ADD_FAILURE() << "was accepted";
        } catch (const InputError& error) {
            EXPECT_THAT(error.what(), HasSubstr(path.string() + bad.place));
            EXPECT_THAT(error.what(), HasSubstr(bad.reason));
        }
    }
}

TEST(BadTokenizer, HasNoFileThatIsNotLookedAt)
{
    for (const auto& entry : std::filesystem::directory_iterator(Folder)) {
        const std::string name = entry.path().stem();
        EXPECT_TRUE(std::any_of(std::begin(BadFiles), std::end(BadFiles), [&](const BadFile& bad) {
            return bad.name == name;
        })) << name;
    }
}

} // namespace
} // namespace ahascope::text
