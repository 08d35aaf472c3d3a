// How far the trainer's log-probabilities are from the sampler's.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <string>

namespace ahascope::train {

// Sums over the tokens of an update whose weights are still those that sampled.
struct SamplerGap {
    double sum = 0;
    double largest = 0;
    double equal = 0;
    double tokens = 0;

    void add(std::span<const float> trainer, std::span<const float> sampler)
    {
        for (std::size_t t = 0; t < trainer.size(); ++t) {
            const double difference = std::abs(double{trainer[t]} - double{sampler[t]});
            sum += difference;
            largest = std::max(largest, difference);
            equal += trainer[t] == sampler[t] ? 1 : 0;
        }
        tokens += static_cast<double>(trainer.size());
    }

    void report(std::map<std::string, double>& metrics) const
    {
        if (tokens == 0)
            return;
        metrics["sampler_trainer_logprob_gap"] = sum / tokens;
        metrics["sampler_trainer_logprob_gap_max"] = largest;
        metrics["sampler_trainer_equal_share"] = equal / tokens;
    }
};

} // namespace ahascope::train
