#include "kernels/cuda/graph.h"

#include "kernels/cuda/check.h"

namespace ahascope::kernels::cuda {

Graph::Graph(cudaStream_t stream, const std::function<void()>& fn)
{
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "begin a recording");
    cudaGraph_t graph = nullptr;
    try {
        fn();
    } catch (...) {
        cudaStreamEndCapture(stream, &graph);
        cudaGraphDestroy(graph);
        throw;
    }
    check(cudaStreamEndCapture(stream, &graph), "end a recording");
    const cudaError_t made = cudaGraphInstantiate(&m_executable, graph, 0);
    cudaGraphDestroy(graph);
    check(made, "make a recording ready");
}

Graph::~Graph()
{
    cudaGraphExecDestroy(m_executable);
}

void Graph::launch(cudaStream_t stream) const
{
    check(cudaGraphLaunch(m_executable, stream), "replay");
}

} // namespace ahascope::kernels::cuda
