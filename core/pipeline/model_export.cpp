#include "core/pipeline/model_export.h"

#include <algorithm>
#include <cmath>

#include "core/formats/atomic_file.h"
#include "core/formats/gguf_model.h"
#include "core/formats/peft_adapter.h"
#include "core/formats/weight_files.h"
#include "core/pipeline/policy_model.h"
#include "core/problem.h"
#include "kernels/devices.h"

namespace ahascope::pipeline {

namespace fs = std::filesystem;

namespace {

// Shards of an earlier export would contradict the new ones.
void removeOtherWeights(const fs::path& folder, const fs::path& written)
{
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        const bool isWeights = name.starts_with("model")
            && (name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json"));
        if (isWeights && !fs::exists(written / name))
            fs::remove(entry.path());
    }
}

void writeFolder(const fs::path& out, const formats::ModelDescription& model, const formats::WeightSource& source)
{
    if (!fs::exists(out))
        return formats::saveModelFolder(out, model, source);
    formats::AtomicFolder folder(out / "model");
    formats::writeModelFiles(folder.path(), model, source);
    removeOtherWeights(out, folder.path());
    for (const auto& entry : fs::directory_iterator(folder.path()))
        fs::rename(entry.path(), out / entry.path().filename());
}

void writeModel(const fs::path& out, const formats::ModelDescription& model, const formats::WeightSource& source,
    ModelFormat format)
{
    if (format == ModelFormat::Gguf)
        formats::writeGguf(out, model, source);
    else
        writeFolder(out, model, source);
}

void exportAdapter(const fs::path& checkpoint, const fs::path& out, const ModelExport& options)
{
    const auto backend = kernels::makeCpuBackend();
    PolicyModel policy = loadPolicy(*backend, checkpoint, model::Gradients::None);
    if (options.format == ModelFormat::Peft) {
        formats::AtomicFolder folder(out);
        savePolicy(policy, folder.path(), options.type);
        return folder.commit();
    }
    policy.parameters->mergeAdapter();
    formats::WeightSource source = weightsOf(policy, options.type);
    source.maxShardBytes = options.maxShardBytes;
    writeModel(out, policy, source, options.format);
}

} // namespace

void exportModel(const fs::path& checkpoint, const fs::path& out, const ModelExport& options)
{
    if (formats::isAdapterFolder(checkpoint))
        return exportAdapter(checkpoint, out, options);
    if (options.format == ModelFormat::Peft)
        throw InputError({checkpoint.string(), "it is a whole model, not an adapter", "export it as safetensors"});
    const formats::ModelDescription model = formats::readModelDescription(checkpoint);
    const formats::WeightFiles weights(checkpoint);
    const auto plan = kernels::makePlanBackend(); // knows the tensors without holding them
    const auto shapes = tensorShapes(model::Parameters(*plan, model.config, model::Gradients::None));
    formats::WeightSource source = formats::sourceOf(weights, checkpoint.string(), shapes, options.type);
    source.maxShardBytes = options.maxShardBytes;
    source.values = [&, read = source.values](std::size_t index, std::span<float> into) {
        read(index, into);
        if (!std::all_of(into.begin(), into.end(), [](float value) { return std::isfinite(value); }))
            throw InputError({checkpoint.string() + ": " + shapes[index].name, "has a value that is not finite",
                "export another checkpoint"});
    };
    writeModel(out, model, source, options.format);
}

} // namespace ahascope::pipeline
