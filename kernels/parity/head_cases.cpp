// The LM head without its logits in memory: log-probabilities, entropies and their gradients.
#include "kernels/parity/cases.h"

namespace ahascope::kernels::parity {

namespace {

struct HeadShape {
    std::int64_t rows = 0;
    std::int64_t channels = 0;
    std::int64_t vocabulary = 0;

    std::string name() const
    {
        return std::to_string(rows) + " x " + std::to_string(channels) + " x " + std::to_string(vocabulary);
    }
};

constexpr HeadShape headShapes[] = {{1, 1, 3}, {3, 17, 129}, {33, 64, 3001}, {129, 33, 257}};

// What a head is given and gives.
struct Scene {
    Weight head;
    Tensor hidden, targets;
    Tensor logProbs, entropy, lse;

    Scene(Desk& desk, const HeadShape& s, float temperature, bool withEntropy)
        : head(desk.weight(s.vocabulary, s.channels, true))
        , hidden(desk.rowInput(s.rows, s.channels))
        , targets(desk.ids(desk.randomIds(s.rows, s.vocabulary)))
        , logProbs(desk.output(1, s.rows))
        , lse(desk.output(1, s.rows))
    {
        if (withEntropy)
            entropy = desk.output(1, s.rows);
        desk.backend().lmHeadLogProbs(logProbs, entropy, lse, hidden, head, targets, temperature);
    }
};

void forward(Desk& desk, float temperature, bool withEntropy)
{
    for (const HeadShape& s : headShapes) {
        const Scene scene(desk, s, temperature, withEntropy);
        desk.keep("logProbs " + s.name(), scene.logProbs);
        desk.keep("lse " + s.name(), scene.lse);
        if (withEntropy)
            desk.keep("entropy " + s.name(), scene.entropy);
    }
}

void backward(Desk& desk, float temperature, bool withEntropy)
{
    for (const HeadShape& s : headShapes) {
        Scene scene(desk, s, temperature, withEntropy);
        const Tensor dhidden = desk.output(s.rows, s.channels), dlogProbs = desk.input(1, s.rows);
        const Tensor dentropy = withEntropy ? desk.input(1, s.rows) : Tensor{};
        desk.backend().lmHeadLogProbsBackward(dhidden, scene.head, dlogProbs, dentropy, scene.hidden, scene.lse,
            scene.entropy, scene.targets, temperature);
        desk.keep("dhidden " + s.name(), dhidden);
        desk.keep("dhead " + s.name(), scene.head.gradient);
    }
}

} // namespace

void addHeadCases(Cases& cases)
{
    for (const bool withEntropy : {true, false}) {
        const float temperature = withEntropy ? 0.7f : 1.0f;
        const std::string variant = withEntropy ? "with entropy" : "without entropy";
        cases.addWeighted("lmHeadLogProbs", variant, [=](Desk& desk) { forward(desk, temperature, withEntropy); });
        cases.addWeighted(
            "lmHeadLogProbsBackward", variant, [=](Desk& desk) { backward(desk, temperature, withEntropy); });
    }
}

} // namespace ahascope::kernels::parity
