// All logits of a model folder for some token ids, for comparison with transformers: see compare_folders.py.
//
//     model_logits FOLDER IDS OUT [SAVED]
//
// IDS holds int32 values, OUT receives float32 values, [ids, vocabulary], both little-endian. SAVED becomes a folder
// with the same model, saved by this program.
#include <cstring>
#include <fstream>
#include <iostream>

#include "core/formats/file_bytes.h"
#include "core/formats/model_folder.h"
#include "core/model/decoder.h"
#include "core/problem.h"
#include "kernels/devices.h"

namespace {

using namespace ahascope;
namespace fs = std::filesystem;

std::vector<formats::TensorShape> shapesOf(const model::Parameters& parameters)
{
    std::vector<formats::TensorShape> shapes;
    for (const model::NamedTensor& tensor : parameters.tensors()) {
        if (tensor.vector)
            shapes.push_back({tensor.name, {tensor.columns}});
        else
            shapes.push_back({tensor.name, {tensor.rows, tensor.columns}});
    }
    return shapes;
}

void load(model::Parameters& parameters, const fs::path& folder)
{
    const formats::WeightFiles weights(folder);
    formats::readWeights(weights, folder.string(), shapesOf(parameters),
        [&](std::size_t index, std::span<const float> values) { parameters.set(parameters.tensors()[index], values); });
    parameters.commit();
}

void save(const model::Parameters& parameters, const formats::ModelDescription& description, const fs::path& folder)
{
    formats::saveModelFolder(folder, description,
        {.tensors = shapesOf(parameters),
            .type = formats::TensorType::F32,
            .values
            = [&](std::size_t index, std::span<float> into) { parameters.get(parameters.tensors()[index], into); }});
}

std::vector<std::int32_t> readIds(const fs::path& path)
{
    const std::string bytes = formats::readFile(path, 1 << 20);
    std::vector<std::int32_t> ids(bytes.size() / sizeof(std::int32_t));
    std::memcpy(ids.data(), bytes.data(), ids.size() * sizeof(std::int32_t));
    return ids;
}

void writeLogits(const model::Parameters& parameters, const std::vector<std::int32_t>& ids, const std::string& path)
{
    kernels::Backend& backend = parameters.backend();
    model::PackedBatch batch;
    batch.addSequence(ids);
    model::Decoder decoder(backend, parameters.config(),
        {.tokens = batch.rows(), .outputs = 0, .positions = batch.rows(), .training = false});
    decoder.forward(parameters, batch);

    std::vector<float> logits(static_cast<std::size_t>(parameters.config().vocabSize));
    const std::int64_t vocabulary = parameters.config().vocabSize;
    const kernels::Buffer memory = backend.allocate(logits.size() * sizeof(float));
    const kernels::Tensor row{memory.get(), kernels::DType::F32, 1, vocabulary, vocabulary};
    std::ofstream out(path, std::ios::binary);
    for (std::int64_t t = 0; t < batch.rows(); ++t) {
        backend.linear(row, decoder.hidden().rowRange(t, 1), parameters.head(), {});
        backend.download(logits.data(), row);
        out.write(
            reinterpret_cast<const char*>(logits.data()), static_cast<std::streamsize>(logits.size() * sizeof(float)));
    }
    if (!out)
        throw std::runtime_error("cannot write " + path);
}

} // namespace

int main(int count, char** arguments)
{
    if (count < 4 || count > 5) {
        std::cerr << "usage: model_logits FOLDER IDS OUT [SAVED]\n";
        return 2;
    }
    try {
        const auto backend = kernels::makeCpuBackend({.threads = 2});
        const formats::ModelDescription description = formats::readModelDescription(arguments[1]);
        model::Parameters parameters(*backend, description.config, model::Gradients::None);
        load(parameters, arguments[1]);
        writeLogits(parameters, readIds(arguments[2]), arguments[3]);
        if (count == 5)
            save(parameters, description, arguments[4]);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
    return 0;
}
