// A recorded sequence of calls.
#pragma once

#include <functional>

#include <cuda_runtime.h>

namespace ahascope::kernels::cuda {

class Graph {
public:
    // Records what fn puts on the stream; nothing of it runs.
    Graph(cudaStream_t stream, const std::function<void()>& fn);
    ~Graph();
    Graph(const Graph&) = delete;
    Graph& operator=(const Graph&) = delete;

    void launch(cudaStream_t stream) const;

private:
    cudaGraphExec_t m_executable = nullptr;
};

} // namespace ahascope::kernels::cuda
