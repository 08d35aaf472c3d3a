#include "core/pipeline/model_export.h"

#include "core/formats/atomic_file.h"
#include "core/pipeline/policy_model.h"
#include "kernels/devices.h"

namespace ahascope::pipeline {

void exportModel(const std::filesystem::path& checkpoint, const std::filesystem::path& out, formats::TensorType type)
{
    auto backend = kernels::makeCpuBackend({.threads = 1});
    PolicyModel policy = loadPolicy(*backend, checkpoint, model::Gradients::None);
    const bool isNew = !std::filesystem::exists(out);
    formats::AtomicFolder folder(isNew ? out : out / "model");
    savePolicy(policy, folder.path(), type);
    if (isNew)
        return folder.commit();
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        std::filesystem::rename(entry.path(), out / entry.path().filename());
}

} // namespace ahascope::pipeline
