#include "core/train/trainer_state.h"

#include <algorithm>
#include <vector>

namespace ahascope::train {

namespace {

constexpr std::size_t pieceBytes = 64u << 20;

// Calls visit(name of the piece, its part of the tensor, room for its bytes) for each.
template <typename Visit>
void forEachPiece(const std::string& name, const kernels::Tensor& tensor, Visit visit)
{
    const auto most = static_cast<std::int64_t>(pieceBytes / kernels::sizeOf(tensor.dtype));
    std::vector<std::byte> bytes;
    for (std::int64_t begin = 0; begin < tensor.count(); begin += most) {
        const kernels::Tensor part = tensor.columnRange(begin, std::min(most, tensor.count() - begin));
        bytes.resize(part.bytes());
        visit(begin == 0 ? name : name + "." + std::to_string(begin / most), part, std::span(bytes));
    }
}

} // namespace

void saveTensor(
    kernels::Backend& backend, const std::string& name, const kernels::Tensor& tensor, const StateSink& sink)
{
    forEachPiece(name, tensor, [&](const std::string& piece, kernels::Tensor part, std::span<std::byte> bytes) {
        backend.download(bytes.data(), part);
        sink(piece, bytes);
    });
}

void loadTensor(
    kernels::Backend& backend, const std::string& name, const kernels::Tensor& tensor, const StateSource& source)
{
    forEachPiece(name, tensor, [&](const std::string& piece, kernels::Tensor part, std::span<std::byte> bytes) {
        source(piece, bytes);
        backend.upload(part, bytes.data());
    });
}

} // namespace ahascope::train
