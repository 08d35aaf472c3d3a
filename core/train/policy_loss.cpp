#include "core/train/policy_loss.h"

#include <algorithm>
#include <cmath>

#include "kernels/error.h"

namespace ahascope::train {

namespace {

using kernels::expect;

// What the loss of one token says about its importance ratio and its log-probability.
struct PolicyTerm {
    double loss = 0;
    double dRatio = 0;   // d loss / d ratio
    double dLogProb = 0; // d loss / d log-probability, apart from the way through the ratio
};

struct Clipping {
    bool low = false;
    bool high = false;
    bool ceiling = false; // cispo's
};

double clamp(double x, double low, double high)
{
    return std::min(std::max(x, low), high);
}

// -min(min(ratio, delta) A, clip(ratio, 1 - eps, 1 + eps_high) A)  (Schulman et al. 2017, arXiv 1707.06347)
PolicyTerm clippedTerm(const PolicyLossOptions& options, double ratio, double advantage)
{
    const double low = 1 - options.epsilon;
    const double high = 1 + options.epsilonUpper();
    const bool capped = options.delta && ratio > *options.delta;
    const double plain = (capped ? *options.delta : ratio) * advantage;
    const double clipped = clamp(ratio, low, high) * advantage;
    const double dPlain = capped ? 0 : advantage;
    const double dClipped = ratio >= low && ratio <= high ? advantage : 0;
    PolicyTerm term;
    term.loss = -std::min(plain, clipped);
    if (plain == clipped)
        term.dRatio = -0.5 * (dPlain + dClipped); // as PyTorch shares the gradient of equal arguments
    else
        term.dRatio = plain < clipped ? -dPlain : -dClipped;
    return term;
}

// Soft gate (SAPO, arXiv 2511.20347)
PolicyTerm softTerm(const PolicyLossOptions& options, double ratio, double advantage)
{
    const double temperature = advantage > 0 ? options.sapoTemperaturePos : options.sapoTemperatureNeg;
    const double gate = 1 / (1 + std::exp(-temperature * (ratio - 1)));
    return {-gate * 4 / temperature * advantage, -4 * gate * (1 - gate) * advantage, 0};
}

// phi(w) = e^lambda w^k e^(-lambda w) of the whole sequence's ratio w (VESPO, arXiv 2602.10693)
double vespoPhi(const PolicyLossOptions& options, double sumOfLogRatios, double advantage)
{
    const double logW = clamp(sumOfLogRatios, std::log(1e-8), 20.0);
    const double k = advantage >= 0 ? options.vespoKPos : options.vespoKNeg;
    const double lambda = std::max(1e-4, advantage >= 0 ? options.vespoLambdaPos : options.vespoLambdaNeg);
    const double phi = std::exp(lambda + k * logW - lambda * std::exp(logW));
    return std::isfinite(phi) ? phi : 0;
}

// Weight of one token's loss in the loss of the update.
double tokenWeight(const PolicyLossOptions& options, const LossNormalisers& normalisers, double tokens)
{
    switch (options.lossType) {
    case LossType::Grpo:
    case LossType::Sapo:
        return 1 / (tokens * normalisers.sequences);
    case LossType::Bnpo:
        return 1 / std::max(1.0, normalisers.tokens);
    case LossType::DrGrpo:
        return 1 / (normalisers.sequences * static_cast<double>(options.maxCompletionLength));
    case LossType::Dapo:
    case LossType::Cispo:
    case LossType::Vespo:
        return 1 / std::max(1.0, normalisers.items);
    case LossType::Luspo:
        return 1 / normalisers.sequences;
    }
    return 0;
}

// One sequence while its loss is added.
class SequenceLoss {
public:
    SequenceLoss(const PolicyLossOptions& options, const LossNormalisers& normalisers, const SequenceTokens& sequence)
        : m_options(options)
        , m_normalisers(normalisers)
        , m_sequence(sequence)
        , m_size(sequence.logProbs.size())
    {
        for (std::size_t t = 0; t < m_size; ++t) {
            m_sumOfLogRatios += logRatio(t);
            m_sumOfClampedLogRatios += clamp(logRatio(t), -20.0, 20.0);
        }
        m_meanLogRatio = m_sumOfLogRatios / std::max<double>(1, static_cast<double>(m_size));
        m_phi = vespoPhi(options, m_sumOfClampedLogRatios, sequence.advantage);
    }

    void add(std::span<float> dLogProbs, std::span<float> dEntropies, PolicyLossTotals& totals)
    {
        const double weight = tokenWeight(m_options, m_normalisers, static_cast<double>(m_size));
        double throughSequenceRatio = 0; // d loss / d (mean log-ratio)
        double clippedLow = 0;
        double clippedHigh = 0;
        for (std::size_t t = 0; t < m_size; ++t) {
            const double ratio = std::exp(bySequence() ? m_meanLogRatio : logRatio(t));
            const bool carries = carriesPolicyLoss(t);
            PolicyTerm term = carries ? policyTerm(ratio, t) : PolicyTerm{};
            addKl(t, ratio, term, totals);
            totals.policyLoss += weight * term.loss;
            totals.loss += weight * term.loss;
            double gradient = weight * term.dLogProb;
            if (bySequence())
                throughSequenceRatio += weight * term.dRatio * ratio;
            else
                gradient += weight * term.dRatio * ratio;
            dLogProbs[t] = static_cast<float>(gradient);
            addEntropy(t, carries, dEntropies, totals);
            const Clipping clipping = clippingOf(ratio);
            clippedLow += clipping.low;
            clippedHigh += clipping.high;
            if (!bySequence())
                totals.cispoClipped += clipping.ceiling;
        }
        if (bySequence())
            for (float& gradient : dLogProbs)
                gradient = static_cast<float>(gradient + throughSequenceRatio / static_cast<double>(m_size));
        addClipping(clippedLow, clippedHigh, totals);
    }

private:
    bool bySequence() const { return m_options.importanceSamplingLevel == ImportanceSamplingLevel::Sequence; }

    double logRatio(std::size_t t) const
    {
        return m_sequence.oldLogProbs.empty() ? 0 : double{m_sequence.logProbs[t]} - double{m_sequence.oldLogProbs[t]};
    }

    bool carriesPolicyLoss(std::size_t t) const
    {
        return m_options.topEntropyQuantile >= 1.0 || double{m_sequence.entropies[t]} >= m_normalisers.entropyThreshold;
    }

    PolicyTerm policyTerm(double ratio, std::size_t t) const
    {
        const double advantage = m_sequence.advantage;
        const double logProb = m_sequence.logProbs[t];
        switch (m_options.lossType) {
        case LossType::Sapo:
            return softTerm(m_options, ratio, advantage);
        case LossType::Cispo: {
            const double held = std::min(ratio, m_options.epsilonUpper());
            return {-held * advantage * logProb, 0, -held * advantage};
        }
        case LossType::Vespo:
            return {-m_phi * advantage * logProb, 0, -m_phi * advantage};
        default:
            return clippedTerm(m_options, ratio, advantage);
        }
    }

    // k3 = r - log r - 1, r = reference / policy (Schulman 2020, "Approximating KL divergence")
    void addKl(std::size_t t, double ratio, PolicyTerm& term, PolicyLossTotals& totals) const
    {
        if (m_options.beta == 0.0)
            return;
        const double difference = double{m_sequence.refLogProbs[t]} - double{m_sequence.logProbs[t]};
        const double r = std::exp(difference);
        const double k3 = r - difference - 1;
        const double correction = m_options.useBiasCorrectionKl ? ratio : 1;
        term.loss += m_options.beta * k3 * correction;
        term.dLogProb += m_options.beta * (1 - r) * correction;
        if (m_options.useBiasCorrectionKl)
            term.dRatio += m_options.beta * k3;
        totals.kl += k3 * correction;
    }

    void addEntropy(std::size_t t, bool carries, std::span<float> dEntropies, PolicyLossTotals& totals) const
    {
        const double entropy = m_sequence.entropies.empty() ? 0 : double{m_sequence.entropies[t]};
        totals.entropy += entropy;
        if (m_options.entropyCoef == 0.0 || !carries)
            return;
        const double weight = m_options.entropyCoef / std::max(1.0, m_normalisers.entropyTokens);
        totals.loss -= weight * entropy;
        dEntropies[t] = static_cast<float>(-weight);
    }

    Clipping clippingOf(double ratio) const
    {
        const double advantage = m_sequence.advantage;
        const double counted = m_options.delta ? std::min(ratio, *m_options.delta) : ratio;
        return {counted < 1 - m_options.epsilon && advantage<0, counted> 1 + m_options.epsilonUpper() && advantage > 0,
            ratio > m_options.epsilonUpper() && advantage > 0};
    }

    void addClipping(double low, double high, PolicyLossTotals& totals) const
    {
        const double size = static_cast<double>(m_size);
        totals.tokens += size;
        totals.lowClippedMin = std::fmin(totals.lowClippedMin, low / size);
        totals.highClippedMax = std::fmax(totals.highClippedMax, high / size);
        totals.ratioCount += bySequence() ? 1 : size;
        totals.lowClipped += bySequence() ? low / size : low;
        totals.highClipped += bySequence() ? high / size : high;
        if (bySequence())
            totals.cispoClipped += clippingOf(std::exp(m_meanLogRatio)).ceiling;
        totals.vespoPhi += m_phi;
        ++totals.vespoSequences;
    }

    const PolicyLossOptions& m_options;
    const LossNormalisers& m_normalisers;
    const SequenceTokens& m_sequence;
    std::size_t m_size;
    double m_sumOfLogRatios = 0;
    double m_sumOfClampedLogRatios = 0;
    double m_meanLogRatio = 0;
    double m_phi = 1;
};

} // namespace

void addPolicyLoss(const PolicyLossOptions& options, const LossNormalisers& normalisers, const SequenceTokens& sequence,
    std::span<float> dLogProbs, std::span<float> dEntropies, PolicyLossTotals& totals)
{
    const std::size_t size = sequence.logProbs.size();
    const auto fits = [&](std::size_t other, bool mayBeEmpty) { return other == size || (mayBeEmpty && other == 0); };
    expect(fits(sequence.oldLogProbs.size(), true) && fits(sequence.refLogProbs.size(), options.beta == 0.0)
            && fits(dLogProbs.size(), false),
        "one value per token");
    const bool entropyMatters = options.entropyCoef != 0.0 || options.topEntropyQuantile < 1.0;
    expect(fits(sequence.entropies.size(), !entropyMatters) && fits(dEntropies.size(), options.entropyCoef == 0.0),
        "one entropy per token");
    std::ranges::fill(dLogProbs, 0.0f);
    std::ranges::fill(dEntropies, 0.0f);
    if (size == 0 || sequence.masked)
        addIdleSequence(options, size, {}, true, totals);
    else
        SequenceLoss(options, normalisers, sequence).add(dLogProbs, dEntropies, totals);
}

} // namespace ahascope::train
