// What kernels throw: a broken contract, or a device that could not go on.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>

namespace ahascope::kernels {

// The device cannot go on: no memory, lost, illegal access. what() says what happened and what to do.
class DeviceError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The device has too little memory for one request; the caller may retry with a smaller one.
class OutOfMemory : public DeviceError {
public:
    using DeviceError::DeviceError;
};

// A contract of the engine that its caller broke. Throws std::logic_error naming the place.
void expect(bool holds, const char* message, std::source_location place = std::source_location::current());

} // namespace ahascope::kernels
