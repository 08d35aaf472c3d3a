#include "core/store/group_codec.h"

#include <algorithm>
#include <memory>
#include <new>

#include <zstd.h>

#include "core/store/byte_stream.h"
#include "core/store/half.h"

namespace ahascope::store {

using pipeline::RuleScore;
using pipeline::Sample;

struct GroupPacker::Context {
    struct Free {
        void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> zstd{ZSTD_createCCtx()};
    std::string frame;
};

namespace {

constexpr unsigned char codecVersion = 1;
constexpr int compressionLevel = 3;
constexpr std::uint64_t largestBody = 256U << 20; // bytes before compression; see mostGroupTokens

enum Flag : std::uint64_t {
    CutOff = 1,
    Correct = 2,
    CorrectLenient = 4,
    WellFormed = 8,
    EmptyThink = 16,
    Ungraded = 32,
    Rescued = 64,
    Mixed = 128,
    HasReward = 256
};

// A table of samples unpacks thousands of rows, and a context is larger than most of them.
ZSTD_DCtx* decompressor()
{
    struct Free {
        void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
    };
    thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
    if (!context)
        throw std::bad_alloc();
    return context.get();
}

// What a frame of so many bytes can hold: a block takes 4 bytes at least and gives 128 KiB at most.
std::uint64_t mostContent(std::size_t frameBytes)
{
    return (frameBytes / 4 + 1) * (128U << 10);
}

std::string decompressed(std::string_view blob)
{
    ByteReader in(blob);
    if (in.fixed<unsigned char>() != codecVersion)
        throw BadBytes("the row was packed by another version of Ahascope");
    std::uint64_t size = in.varint();
    std::string_view frame = in.rest();
    // Both headers may lie, which must cost no memory.
    if (size > std::min(largestBody, mostContent(frame.size()))
        || ZSTD_getFrameContentSize(frame.data(), frame.size()) != size)
        throw BadBytes("the row's size is wrong");
    std::string body(size, '\0');
    std::size_t written = ZSTD_decompressDCtx(decompressor(), body.data(), body.size(), frame.data(), frame.size());
    if (ZSTD_isError(written) || written != size)
        throw BadBytes("the row cannot be decompressed");
    return body;
}

std::uint64_t flagsOf(const Sample& sample)
{
    std::uint64_t flags = 0;
    auto set = [&](bool on, Flag flag) { flags |= on ? static_cast<std::uint64_t>(flag) : 0; };
    set(sample.finish == pipeline::FinishReason::Length, CutOff);
    set(sample.correct, Correct);
    set(sample.correctLenient, CorrectLenient);
    set(sample.wellFormed, WellFormed);
    set(sample.emptyThink, EmptyThink);
    set(sample.ungraded, Ungraded);
    set(sample.rescued, Rescued);
    set(sample.mixed, Mixed);
    set(sample.reward.has_value(), HasReward);
    return flags;
}

void setFlags(Sample& sample, std::uint64_t flags)
{
    sample.finish = flags & CutOff ? pipeline::FinishReason::Length : pipeline::FinishReason::Stop;
    sample.correct = flags & Correct;
    sample.correctLenient = flags & CorrectLenient;
    sample.wellFormed = flags & WellFormed;
    sample.emptyThink = flags & EmptyThink;
    sample.ungraded = flags & Ungraded;
    sample.rescued = flags & Rescued;
    sample.mixed = flags & Mixed;
    if (flags & HasReward)
        sample.reward = 0.0;
}

void writeScore(ByteWriter& out, const RuleScore& score)
{
    out.text(score.rule);
    out.fixed(static_cast<unsigned char>(static_cast<unsigned>(score.status) * 2 + (score.score ? 1 : 0)));
    if (score.score)
        out.fixed(*score.score);
    out.fixed(score.weight);
    out.text(score.reason);
}

RuleScore readScore(ByteReader& in)
{
    RuleScore score;
    score.rule = in.text();
    unsigned status = in.fixed<unsigned char>();
    if (status / 2 > static_cast<unsigned>(pipeline::RuleStatus::Error))
        throw BadBytes("a rule's status is unknown");
    score.status = static_cast<pipeline::RuleStatus>(status / 2);
    if (status & 1)
        score.score = in.fixed<double>();
    score.weight = in.fixed<double>();
    score.reason = in.text();
    return score;
}

void writeSample(ByteWriter& out, const Sample& sample)
{
    out.signedVarint(sample.index);
    out.text(sample.completion);
    out.text(sample.extracted);
    out.varint(flagsOf(sample));
    out.signedVarint(sample.reflections);
    out.fixed(sample.key);
    if (sample.reward)
        out.fixed(*sample.reward);
    for (double value : {sample.advantage, sample.mixing, sample.targetRatio, sample.repetition})
        out.fixed(value);
    out.varint(sample.scores.size());
    for (const RuleScore& score : sample.scores)
        writeScore(out, score);
}

Sample readSample(ByteReader& in)
{
    constexpr std::size_t leastScoreBytes = 11;
    Sample sample;
    sample.index = static_cast<std::int32_t>(in.signedVarint());
    sample.completion = in.text();
    sample.extracted = in.text();
    setFlags(sample, in.varint());
    sample.reflections = static_cast<std::int32_t>(in.signedVarint());
    sample.key = in.fixed<std::uint64_t>();
    if (sample.reward)
        sample.reward = in.fixed<double>();
    for (double* value : {&sample.advantage, &sample.mixing, &sample.targetRatio, &sample.repetition})
        *value = in.fixed<double>();
    std::size_t scores = in.count(leastScoreBytes);
    sample.scores.reserve(scores);
    while (sample.scores.size() < scores)
        sample.scores.push_back(readScore(in));
    return sample;
}

void writeIds(ByteWriter& out, const std::vector<std::int32_t>& ids)
{
    out.varint(ids.size());
    for (std::int32_t id : ids)
        out.signedVarint(id);
}

std::vector<std::int32_t> readIds(ByteReader& in)
{
    std::vector<std::int32_t> ids(in.count(1));
    for (std::int32_t& id : ids)
        id = static_cast<std::int32_t>(in.signedVarint());
    return ids;
}

using Floats = std::vector<float> Sample::*;

// All values of a group in two planes, low bytes then high bytes: signs and exponents compress, mantissas do not.
void writeFloats(ByteWriter& out, std::span<const Sample> samples, Floats floats)
{
    std::string low;
    std::string high;
    for (const Sample& sample : samples) {
        out.varint((sample.*floats).size());
        for (float value : sample.*floats) {
            std::uint16_t half = toHalf(value);
            low += static_cast<char>(half & 0xff);
            high += static_cast<char>(half >> 8);
        }
    }
    out.raw(low);
    out.raw(high);
}

void readFloats(ByteReader& in, std::vector<Sample>& samples, Floats floats)
{
    std::size_t total = 0;
    for (Sample& sample : samples) {
        (sample.*floats).resize(in.count(2));
        total += (sample.*floats).size();
    }
    std::string_view low = in.raw(total);
    std::string_view high = in.raw(total);
    std::size_t at = 0;
    for (Sample& sample : samples)
        for (float& value : sample.*floats) {
            auto bits = static_cast<unsigned>(static_cast<unsigned char>(low[at]))
                | static_cast<unsigned>(static_cast<unsigned char>(high[at])) << 8;
            value = toFloat(static_cast<std::uint16_t>(bits));
            ++at;
        }
}

} // namespace

bool sharesPrompt(const Sample& first, const Sample& sample)
{
    return first.group == sample.group && first.row == sample.row && first.problem == sample.problem
        && first.prompt == sample.prompt && first.question == sample.question && first.answer == sample.answer
        && first.columns == sample.columns && (sample.promptIds.empty() || sample.promptIds == first.promptIds);
}

GroupPacker::GroupPacker() : m_context(std::make_unique<Context>())
{
    if (!m_context->zstd)
        throw std::bad_alloc();
}

GroupPacker::~GroupPacker() = default;

std::string GroupPacker::compressed(const std::string& body)
{
    std::string& frame = m_context->frame;
    frame.resize(std::max(frame.size(), ZSTD_compressBound(body.size())));
    std::size_t size = ZSTD_compressCCtx(
        m_context->zstd.get(), frame.data(), frame.size(), body.data(), body.size(), compressionLevel);
    if (ZSTD_isError(size))
        throw std::bad_alloc(); // the only way in which compression into a large enough buffer fails
    ByteWriter out;
    out.fixed(codecVersion);
    out.varint(body.size());
    out.raw({frame.data(), size});
    return out.take();
}

PackedGroup GroupPacker::pack(std::span<const Sample> samples)
{
    const Sample& first = samples.front();
    ByteWriter texts;
    for (const std::string* text : {&first.question, &first.answer, &first.columns, &first.prompt})
        texts.text(*text);
    texts.varint(samples.size());
    for (const Sample& sample : samples)
        writeSample(texts, sample);

    ByteWriter tokens;
    writeIds(tokens, first.promptIds);
    for (const Sample& sample : samples)
        writeIds(tokens, sample.ids);
    writeFloats(tokens, samples, &Sample::logProbs);
    writeFloats(tokens, samples, &Sample::entropies);
    return {compressed(texts.take()), compressed(tokens.take())};
}

std::vector<Sample> unpackTexts(std::string_view texts)
{
    return readTexts(decompressed(texts));
}

void unpackTokens(std::string_view tokens, std::vector<Sample>& samples)
{
    readTokens(decompressed(tokens), samples);
}

std::vector<Sample> readTexts(std::string_view body)
{
    constexpr std::size_t leastSampleBytes = 46;
    ByteReader in(body);
    Sample shared;
    for (std::string* text : {&shared.question, &shared.answer, &shared.columns, &shared.prompt})
        *text = in.text();
    std::size_t count = in.count(leastSampleBytes);
    // Every sample will hold a copy of what they share.
    std::size_t sharedBytes
        = shared.question.size() + shared.answer.size() + shared.columns.size() + shared.prompt.size();
    if (count > 0 && sharedBytes > largestBody / count)
        throw BadBytes("the group is too large");
    std::vector<Sample> samples;
    samples.reserve(count);
    while (samples.size() < count) {
        Sample sample = readSample(in);
        sample.question = shared.question;
        sample.answer = shared.answer;
        sample.columns = shared.columns;
        sample.prompt = shared.prompt;
        samples.push_back(std::move(sample));
    }
    in.expectEnd();
    return samples;
}

void readTokens(std::string_view body, std::vector<Sample>& samples)
{
    ByteReader in(body);
    const std::vector<std::int32_t> promptIds = readIds(in);
    for (Sample& sample : samples) {
        sample.promptIds = promptIds;
        sample.ids = readIds(in);
    }
    readFloats(in, samples, &Sample::logProbs);
    readFloats(in, samples, &Sample::entropies);
    in.expectEnd();
}

} // namespace ahascope::store
