// Writing GGUF and reading it back: whatever config.json and tokenizer.json say, what was accepted comes back equal,
// and so does every value within what its type can hold. The input is cut at its zero bytes: config, tokenizer,
// tensors.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "core/formats/gguf.h"
#include "core/formats/gguf_config.h"
#include "core/formats/gguf_model.h"
#include "core/formats/gguf_tokenizer.h"
#include "core/problem.h"
#include "core/text/tokenizer.h"

using namespace ahascope;
using formats::TensorType;

namespace {

std::string take(std::string_view& input)
{
    const std::size_t end = std::min(input.find('\0'), input.size());
    const std::string part(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    return part;
}

void require(bool holds)
{
    if (!holds)
        std::abort();
}

void roundTripTokenizer(const std::string& json)
{
    const auto tokenizer = text::Tokenizer::fromJson(json, "fuzz");
    formats::GgufFields fields;
    formats::addTokenizer(fields, tokenizer->toJson(), tokenizer->vocabularySize() + 3, "fuzz");
    const std::string head = formats::ggufHead(fields, {});
    const formats::GgufHeader header = formats::parseGgufHeader(std::as_bytes(std::span(head)), head.size(), "fuzz");
    require(header.metadata.texts("tokenizer.ggml.tokens").size()
        == static_cast<std::size_t>(tokenizer->vocabularySize()) + 3);
    formats::tokenizerFromGguf(header.metadata); // may refuse what tokenizer.json allows: a token that comes twice
}

void roundTripConfig(const std::string& json)
{
    formats::GgufFields fields;
    const formats::GgufConfig config = formats::addConfig(fields, json, "fuzz");
    fields.texts("tokenizer.ggml.tokens", std::vector<std::string>{"a"});
    std::vector<formats::GgufTensor> tensors;
    if (!config.ropeFactors.empty())
        tensors.push_back(
            {{"rope_freqs.weight", {static_cast<std::int64_t>(config.ropeFactors.size())}}, TensorType::F32});
    std::string file = formats::ggufHead(fields, tensors);
    file.append(reinterpret_cast<const char*>(config.ropeFactors.data()), config.ropeFactors.size() * sizeof(float));
    const auto bytes = std::as_bytes(std::span(file));
    const formats::GgufHeader header = formats::parseGgufHeader(bytes, file.size(), "fuzz");
    const auto before = nlohmann::json::parse(json);
    const auto after = nlohmann::json::parse(formats::configFromGguf(header, bytes));
    for (const char* key : {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"})
        require(before[key] == after[key]);
}

void roundTripValues(std::string_view input)
{
    std::vector<float> values(std::min<std::size_t>(input.size() / 4, 1024) / 32 * 32);
    if (values.empty())
        return;
    std::memcpy(values.data(), input.data(), values.size() * 4);
    for (float& value : values)
        if (!(std::fabs(value) <= 65504.0f))
            value = 1;
    for (const TensorType type : {TensorType::F32, TensorType::F16, TensorType::BF16, TensorType::Q8_0}) {
        const formats::GgufTensor tensor{{"a", {static_cast<std::int64_t>(values.size() / 32), 32}}, type};
        const std::string head = formats::ggufHead({}, std::span(&tensor, 1));
        std::vector<std::byte> file(head.size());
        std::memcpy(file.data(), head.data(), head.size());
        formats::appendStored(type, values, file);
        const formats::GgufHeader header = formats::parseGgufHeader(file, file.size(), "fuzz");
        require(
            header.tensors.size() == 1 && header.tensors[0].count == values.size() && header.dataBegin == head.size());
        std::vector<float> back(values.size());
        formats::toFloat(type, std::span(file).subspan(header.dataBegin), back);
        float largest = 0; // of the block
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i % 32 == 0)
                largest = std::fabs(*std::max_element(values.begin() + static_cast<std::ptrdiff_t>(i),
                    values.begin() + static_cast<std::ptrdiff_t>(i) + 32,
                    [](float a, float b) { return std::fabs(a) < std::fabs(b); }));
            const float step = type == TensorType::F32 ? 0
                : type == TensorType::F16              ? std::fabs(values[i]) * 0x1p-11f + 0x1p-25f
                : type == TensorType::BF16             ? std::fabs(values[i]) * 0x1p-8f + 1e-40f
                                                       : largest * (0.51f / 127 + 0x1p-11f) + 127 * 0x1p-24f;
            require(std::fabs(back[i] - values[i]) <= step);
        }
    }
}

template <typename Trip>
void attempt(Trip trip)
{
    try {
        trip();
    } catch (const InputError&) {
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string config = take(input);
    const std::string tokenizer = take(input);
    attempt([&] { roundTripConfig(config); });
    attempt([&] { roundTripTokenizer(tokenizer); });
    roundTripValues(input);
    return 0;
}
