#include "core/pipeline/model_export.h"

#include "core/formats/atomic_file.h"
#include "core/pipeline/policy_model.h"
#include "kernels/devices.h"

namespace ahascope::pipeline {

void exportModel(const std::filesystem::path& checkpoint, const std::filesystem::path& out, formats::TensorType type)
{
    auto backend = kernels::makeCpuBackend({.threads = 1});
    PolicyModel policy = loadPolicy(*backend, checkpoint, model::Gradients::None);
    formats::AtomicFolder folder(out);
    savePolicy(policy, folder.path(), type);
    folder.commit();
}

} // namespace ahascope::pipeline
