// All logits of a model folder for some token ids, for comparison with transformers: see compare_folders.py.
//
//     model_logits FOLDER f32|bf16 IDS OUT [SAVED]
//
// The type is that of the matrices in memory. IDS holds int32 values, OUT receives float32 values, [ids, vocabulary],
// both little-endian. SAVED becomes a folder with the same model, saved by this program.
#include <cstring>
#include <fstream>
#include <iostream>

#include "core/formats/file_bytes.h"
#include "core/model/decoder.h"
#include "core/pipeline/policy_model.h"
#include "core/pipeline/stage_options.h"
#include "kernels/devices.h"

namespace {

using namespace ahascope;
namespace fs = std::filesystem;

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
    if (count < 5 || count > 6) {
        std::cerr << "usage: model_logits FOLDER f32|bf16 IDS OUT [SAVED]\n";
        return 2;
    }
    try {
        const auto backend = kernels::makeCpuBackend({.threads = 2});
        const pipeline::PolicyModel policy = pipeline::loadPolicy(
            *backend, arguments[1], model::Gradients::None, {}, pipeline::storedType(arguments[2]));
        writeLogits(*policy.parameters, readIds(arguments[3]), arguments[4]);
        if (count == 6) {
            fs::create_directories(arguments[5]);
            pipeline::savePolicy(policy, arguments[5], formats::TensorType::F32);
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
    return 0;
}
