#include "core/formats/gguf_model.h"

#include <algorithm>
#include <iterator>

#include "core/formats/gguf_config.h"
#include "core/formats/gguf_names.h"
#include "core/formats/gguf_tokenizer.h"
#include "core/formats/gguf_writer.h"
#include "core/formats/model_config_json.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

// Ends of a completion: of the text, of a turn, of a message.
constexpr const char* EndKeys[]
    = {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"};
constexpr const char* BeginKey = "tokenizer.ggml.bos_token_id";
constexpr const char* PaddingKey = "tokenizer.ggml.padding_token_id";
constexpr int QuantizationVersion = 2; // of ggml's block formats

int fileType(TensorType type) // LLAMA_FTYPE
{
    switch (type) {
    case TensorType::F32:
        return 0;
    case TensorType::F16:
        return 1;
    case TensorType::Q8_0:
        return 7;
    case TensorType::BF16:
        return 32;
    }
    return 0;
}

TensorType typeOf(const TensorShape& tensor, TensorType wanted)
{
    if (tensor.shape.size() < 2)
        return TensorType::F32;
    const bool wholeBlocks = static_cast<std::uint64_t>(tensor.shape.back()) % valuesPerBlock(wanted) == 0;
    return wholeBlocks ? wanted : TensorType::F16;
}

void addSpecialTokens(GgufFields& fields, const SpecialTokens& special)
{
    if (special.begin)
        fields.u32(BeginKey, *special.begin);
    for (std::size_t i = 0; i < std::min(special.end.size(), std::size(EndKeys)); ++i)
        fields.u32(EndKeys[i], special.end[i]);
    if (special.padding)
        fields.u32(PaddingKey, *special.padding);
}

// Rows of the heads of q and k, in llama.cpp's order.
std::vector<float> pairedRows(std::span<const float> values, std::int64_t columns, std::int64_t rowsPerHead)
{
    std::vector<float> result(values.size());
    const std::int64_t rows = static_cast<std::int64_t>(values.size()) / columns;
    for (std::int64_t row = 0; row < rows; ++row)
        std::copy_n(values.data() + row * columns, columns, result.data() + pairedRow(row, rowsPerHead) * columns);
    return result;
}

std::vector<GgufTensor> tensorsOf(const WeightSource& weights, const std::string& where)
{
    std::vector<GgufTensor> tensors;
    for (const TensorShape& tensor : weights.tensors) {
        const std::string name = ggufTensorName(tensor.name);
        if (name.empty())
            throw InputError(
                Problem{where + ": " + tensor.name, "has no counterpart in GGUF", "export as safetensors"});
        tensors.push_back({{name, tensor.shape}, typeOf(tensor, weights.type)});
    }
    return tensors;
}

} // namespace

void writeGguf(const std::filesystem::path& target, const ModelDescription& model, const WeightSource& weights)
{
    const std::string where = target.string();
    const auto original = model.carried.find("config.json");
    GgufFields fields;
    const GgufConfig config = addConfig(fields,
        modelConfigJson(model.config, TensorType::F32, original == model.carried.end() ? "" : original->second),
        where + ": config.json");
    fields.text("general.name", target.stem().string());
    fields.u32("general.file_type", fileType(weights.type));
    fields.u32("general.quantization_version", QuantizationVersion);
    addTokenizer(fields, model.tokenizer->toJson(), model.config.vocabSize, where + ": tokenizer.json");
    addSpecialTokens(fields, model.special);
    if (!model.chatTemplate.empty())
        fields.text("tokenizer.chat_template", model.chatTemplate);

    std::vector<GgufTensor> tensors = tensorsOf(weights, where);
    if (!config.ropeFactors.empty())
        tensors.insert(tensors.begin(),
            {{RopeFactorsTensor, {static_cast<std::int64_t>(config.ropeFactors.size())}}, TensorType::F32});
    GgufWriter writer(target, fields, tensors);
    if (!config.ropeFactors.empty())
        writer.append(config.ropeFactors);
    std::vector<float> values;
    for (std::size_t i = 0; i < weights.tensors.size(); ++i) {
        const TensorShape& tensor = weights.tensors[i];
        values.resize(valueCount(tensor, tensor.name));
        weights.values(i, values);
        if (hasPairedRows(config.architecture, tensor.name))
            writer.append(pairedRows(values, tensor.shape.back(), model.config.headDim));
        else
            writer.append(values);
    }
    writer.finish();
}

SpecialTokens specialTokensFromGguf(const GgufMetadata& metadata)
{
    const auto last = static_cast<std::int64_t>(metadata.texts("tokenizer.ggml.tokens").size()) - 1;
    const auto id = [&](const char* key) { return static_cast<std::int32_t>(metadata.integer(key, 0, last)); };
    SpecialTokens special;
    for (const char* key : EndKeys)
        if (metadata.has(key) && std::find(special.end.begin(), special.end.end(), id(key)) == special.end.end())
            special.end.push_back(id(key));
    if (metadata.has(BeginKey))
        special.begin = id(BeginKey);
    if (metadata.has(PaddingKey))
        special.padding = id(PaddingKey);
    return special;
}

} // namespace ahascope::formats
