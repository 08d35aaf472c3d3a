#include "core/pipeline/stop_strings.h"

#include <gmock/gmock.h>

#include "tests/core/text/small_tokenizer.h"

namespace ahascope::pipeline {
namespace {

// The step at which a text, fed token by token, is stopped; -1 if never.
int stoppedAfter(const StopStrings& stop, const std::vector<std::int32_t>& tokens)
{
    for (std::size_t count = 1; count <= tokens.size(); ++count)
        if (stop.completedBy(std::span(tokens).first(count)))
            return static_cast<int>(count);
    return -1;
}

class StopStringsTest : public testing::Test {
protected:
    std::shared_ptr<const text::Tokenizer> m_tokenizer
        = text::Tokenizer::fromJson(text::smallTokenizerJson().dump(), "small");
};

TEST_F(StopStringsTest, FindAStringThatIsSplitOverTokens)
{
    StopStrings stop(m_tokenizer, {"</answer>"});
    auto tokens = m_tokenizer->encode("<answer> 7 </answer> more");
    int after = stoppedAfter(stop, tokens);
    ASSERT_GT(after, 1);
    std::string text = m_tokenizer->decode(std::span(tokens).first(static_cast<std::size_t>(after)));
    EXPECT_THAT(text, testing::HasSubstr("</answer>"));
    EXPECT_THAT(m_tokenizer->decode(std::span(tokens).first(static_cast<std::size_t>(after - 1))),
        testing::Not(testing::HasSubstr("</answer>")));
}

TEST_F(StopStringsTest, StopAtTheFirstOfSeveral)
{
    StopStrings stop(m_tokenizer, {"zz", "7"});
    auto tokens = m_tokenizer->encode("ab 7 zz");
    int after = stoppedAfter(stop, tokens);
    ASSERT_GT(after, 0);
    EXPECT_THAT(m_tokenizer->decode(std::span(tokens).first(static_cast<std::size_t>(after))), testing::HasSubstr("7"));
}

TEST_F(StopStringsTest, NeverStopWithoutAString)
{
    EXPECT_EQ(stoppedAfter(StopStrings(m_tokenizer, {}), m_tokenizer->encode("abc")), -1);
    EXPECT_EQ(stoppedAfter(StopStrings(m_tokenizer, {""}), m_tokenizer->encode("abc")), -1);
    EXPECT_EQ(stoppedAfter(StopStrings(m_tokenizer, {"xyz"}), m_tokenizer->encode("xy z")), -1);
}

} // namespace
} // namespace ahascope::pipeline
