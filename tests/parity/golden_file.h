// Reads what the make_*_golden.py scripts write: records of a name and float32 values.
#pragma once

#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace ahascope::parity {

using Golden = std::map<std::string, std::vector<float>>;

inline Golden readGolden(const std::string& name, const std::string& folder = "model_golden")
{
    const std::string path = std::string(AHASCOPE_SOURCE_DIR) + "/tests/parity/" + folder + "/" + name + ".bin";
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw std::runtime_error("cannot read " + path);
    const auto number = [&] {
        std::uint32_t value = 0;
        file.read(reinterpret_cast<char*>(&value), sizeof(value));
        return value;
    };
    Golden golden;
    while (file.peek() != std::ifstream::traits_type::eof()) {
        std::string key(number(), ' ');
        file.read(key.data(), static_cast<std::streamsize>(key.size()));
        std::vector<float> values(number());
        file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
        golden[key] = std::move(values);
    }
    return golden;
}

// Largest difference, relative to the largest value expected. NaN is infinitely wrong.
inline double relativeError(const std::vector<float>& actual, const std::vector<float>& expected)
{
    if (actual.size() != expected.size())
        return INFINITY;
    double difference = 0;
    double largest = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const double here = std::abs(double{actual[i]} - double{expected[i]});
        difference = std::isnan(here) ? INFINITY : std::max(difference, here);
        largest = std::max(largest, std::abs(double{expected[i]}));
    }
    return difference / std::max(largest, 1e-30);
}

} // namespace ahascope::parity
