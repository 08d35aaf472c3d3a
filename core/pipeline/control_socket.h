// Steering a run from another process, through the socket `control` in the run's folder.
//
// A connection carries one request, a line of at most 32 bytes ("pause"), and its answer ("ok", or "?" for what is no
// request). Only the user who owns the run can connect.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "core/pipeline/run_control.h"

namespace ahascope::pipeline {

enum class ControlRequest {
    Pause,
    Continue,
    Checkpoint,
    Stop,   // after a checkpoint
    StopNow // with what is saved already
};

struct NamedRequest {
    std::string_view name; // "pause"
    ControlRequest request;
};
const std::vector<NamedRequest>& controlRequests();
std::optional<ControlRequest> requestNamed(std::string_view name);
std::string_view nameOf(ControlRequest request);

void apply(ControlRequest request, RunControl& control);

// Hands requests to `control`, on a thread of its own, for as long as it lives.
class ControlSocket {
public:
    // The caller holds the run's lease: a socket that is there already is dead and is replaced. Where none can be made
    // (some network file systems have none) nobody listens, and problem() says why.
    ControlSocket(const std::filesystem::path& runFolder, RunControl& control);
    ~ControlSocket();
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;

    const std::string& problem() const { return m_problem; } // empty: none

private:
    void listen();
    void serve();
    void answer(int connection);
    void close();

    std::filesystem::path m_folder;
    RunControl& m_control;
    std::string m_problem;
    int m_socket = -1;
    int m_end = -1; // an event that ends the thread
    std::thread m_thread;
};

// Returns once the run has taken the request. Throws InputError where no run listens.
void sendRequest(const std::filesystem::path& runFolder, ControlRequest request);

} // namespace ahascope::pipeline
