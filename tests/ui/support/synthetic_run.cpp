#include "tests/ui/support/synthetic_run.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "core/config/toml.h"
#include "core/store/catalogue.h"
#include "core/store/run_writer.h"
#include "core/text/prompt_template.h"

namespace ahascope::ui {

namespace {

using pipeline::Metrics;
using pipeline::Position;
using pipeline::Sample;

class Writer {
public:
    explicit Writer(const SyntheticRun& run) : m_run(run), m_random(run.seed) { }

    std::vector<pipeline::RunEvent> events()
    {
        add(0, pipeline::RunStarted{"cpu, 2 threads, AVX2", -1});
        add(0, pipeline::StageStarted{m_run.planned});
        evaluate(0);
        for (std::int64_t step = 1; step <= m_run.steps; ++step) {
            takeStep(step);
            if (step % m_run.evaluateEvery == 0)
                evaluate(step);
            if (step == m_run.steps / 2)
                add(step,
                    pipeline::Notice{pipeline::Notice::Level::Warning,
                        "3 of 4 groups were all right: little is left to learn from"});
        }
        add(m_run.steps,
            pipeline::Notice{
                pipeline::Notice::Level::Info, "checkpoint of step " + std::to_string(m_run.steps) + " saved"});
        if (m_run.outcome == pipeline::Outcome::Finished)
            add(m_run.steps, pipeline::StageFinished{});
        add(m_run.steps, pipeline::RunFinished{m_run.outcome, {}});
        return std::move(m_events);
    }

private:
    void add(std::int64_t step, decltype(pipeline::RunEvent::what) what)
    {
        m_events.push_back({Position{0, "reasoning", step, step, static_cast<double>(step) * 1.9}, std::move(what)});
    }

    double uniform() { return std::uniform_real_distribution<double>(0, 1)(m_random); }
    double noise(double size) { return std::normal_distribution<double>(0, size)(m_random); }
    double progress(std::int64_t step) const
    {
        return 1
            - std::exp(
                -3.0 * static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, m_run.planned)));
    }
    double accuracyAt(std::int64_t step) const { return 0.14 + (m_run.bestAccuracy - 0.14) * progress(step); }

    // Problem k of the held-out or the training side; the same in every run.
    struct Countdown {
        std::string question;
        std::string answer;
        int a, b, c, target;
    };
    static Countdown problem(std::uint64_t id)
    {
        std::mt19937_64 random(id * 7919 + 3);
        const int a = static_cast<int>(random() % 9 + 2);
        const int b = static_cast<int>(random() % 20 + 5);
        const int c = static_cast<int>(random() % 9 + 2);
        return {"Use " + std::to_string(a) + ", " + std::to_string(b) + " and " + std::to_string(c)
                + " once each to make " + std::to_string(a * c + b) + ".",
            std::to_string(a) + "*" + std::to_string(c) + "+" + std::to_string(b), a, b, c, a * c + b};
    }

    std::string chain(const Countdown& p, int tries, bool right, bool chinese, int& reflections)
    {
        const auto n = [](int value) { return std::to_string(value); };
        std::string text = " I need " + n(p.target) + ". ";
        for (int k = 0; k < tries; ++k) {
            switch (k % 4) {
            case 0:
                text += n(p.a) + "+" + n(p.b) + "+" + n(p.c) + "=" + n(p.a + p.b + p.c) + ", no. ";
                break;
            case 1:
                text += "Wait, let me check " + n(p.b) + "*" + n(p.a) + "-" + n(p.c) + "=" + n(p.b * p.a - p.c)
                    + ". That is wrong. ";
                reflections += 3;
                break;
            case 2:
                text += chinese ? "再试一次：" + n(p.b) + "*" + n(p.c) + "=" + n(p.b * p.c) + "，太大了，不对。 "
                                : "Try " + n(p.b) + "*" + n(p.c) + "=" + n(p.b * p.c) + ", too large. ";
                break;
            default:
                text += "But " + n(p.a) + "*" + n(p.c) + "=" + n(p.a * p.c) + " is close. ";
                reflections += 1;
            }
        }
        if (right)
            text += n(p.a) + "*" + n(p.c) + "=" + n(p.a * p.c) + ", and " + n(p.a * p.c) + "+" + n(p.b) + "="
                + n(p.target) + ". Yes. ";
        return text;
    }

    Sample sample(std::uint64_t id, std::int64_t step, int index)
    {
        const Countdown p = problem(id);
        const double grown = progress(step);
        Sample s;
        s.problem = id;
        s.row = static_cast<std::int64_t>(id % 1000);
        s.index = index;
        s.question = p.question;
        s.answer = p.answer;
        s.columns = R"({"target":")" + std::to_string(p.target) + "\"}";
        s.prompt = "User: " + p.question + " Assistant:";
        s.correct = uniform() < accuracyAt(step);
        s.correctLenient = s.correct;
        s.wellFormed = uniform() < 0.4 + 0.58 * grown;
        const bool chinese = uniform() < 0.18 * (1 - 0.4 * grown);
        const int tries = static_cast<int>(std::max(0.0, 0.6 + 4.5 * grown + noise(1.0)));
        const std::string thought = chain(p, tries, s.correct, chinese && tries > 2, s.reflections);
        const std::string answer = s.correct ? p.answer : std::to_string(p.a) + "+" + std::to_string(p.b);
        s.extracted = answer;
        s.completion = s.wellFormed ? " <think>" + thought + "</think> <answer> " + answer + " </answer>"
                                    : thought + "<answer> " + answer + " </answer>";
        s.mixing = chinese && tries > 2 ? 0.21 : 0.0;
        s.repetition = 0.05 + 0.1 * uniform();
        s.finish = pipeline::FinishReason::Stop;
        for (std::size_t at = 0; at < s.completion.size(); at += 3) {
            s.ids.push_back(static_cast<std::int32_t>(static_cast<unsigned char>(s.completion[at])));
            s.logProbs.push_back(static_cast<float>(-std::abs(noise(0.6))));
            s.entropies.push_back(static_cast<float>(std::abs(noise(0.5))));
        }
        s.promptIds = {85, 115, 101, 114};
        s.key = id * 131 + static_cast<std::uint64_t>(index);
        s.scores = {{"accuracy", s.correct ? 1.0 : 0.0, 1.0, pipeline::RuleStatus::Graded,
                        s.correct ? answer + " makes " + std::to_string(p.target)
                                  : answer + " does not make " + std::to_string(p.target)},
            {"format", s.wellFormed ? 1.0 : 0.0, 1.0, pipeline::RuleStatus::Graded,
                s.wellFormed ? "one think block, then one answer block" : "there is no think block"}};
        s.reward = *s.scores[0].score + *s.scores[1].score;
        return s;
    }

    static void setAdvantages(std::vector<Sample>& samples, std::size_t from)
    {
        double mean = 0;
        double square = 0;
        const auto count = static_cast<double>(samples.size() - from);
        for (std::size_t k = from; k < samples.size(); ++k)
            mean += *samples[k].reward / count;
        for (std::size_t k = from; k < samples.size(); ++k)
            square += (*samples[k].reward - mean) * (*samples[k].reward - mean) / count;
        for (std::size_t k = from; k < samples.size(); ++k)
            samples[k].advantage = square > 1e-9 ? (*samples[k].reward - mean) / std::sqrt(square) : 0.0;
    }

    struct Means {
        double accuracy = 0, reward = 0, format = 0, length = 0, reflections = 0, mixing = 0;
    };
    static Means meansOf(const std::vector<Sample>& samples)
    {
        Means m;
        const auto count = static_cast<double>(samples.size());
        for (const Sample& s : samples) {
            m.accuracy += (s.correct ? 1 : 0) / count;
            m.reward += *s.reward / count;
            m.format += (s.wellFormed ? 1 : 0) / count;
            m.length += static_cast<double>(s.ids.size()) / count;
            m.reflections += s.reflections / count;
            m.mixing += (s.mixing > 0.02 ? 1 : 0) / count;
        }
        return m;
    }

    void takeStep(std::int64_t step)
    {
        auto samples = std::make_shared<std::vector<Sample>>();
        int dead = 0;
        for (int group = 0; group < m_run.prompts; ++group) {
            const std::uint64_t id = 100'000 + static_cast<std::uint64_t>(step * m_run.prompts + group);
            const std::size_t from = samples->size();
            for (int k = 0; k < m_run.generations; ++k) {
                samples->push_back(sample(id, step, k));
                samples->back().group = group;
                if (k > 0)
                    samples->back().promptIds.clear();
            }
            setAdvantages(*samples, from);
            dead += std::all_of(samples->begin() + static_cast<std::ptrdiff_t>(from), samples->end(),
                        [](const Sample& s) { return s.correct; })
                ? 1
                : 0;
        }
        const Means m = meansOf(*samples);
        const double grown = progress(step);
        Metrics metrics{{"reward", m.reward}, {"reward_std", 0.5 - 0.3 * grown}, {"rewards/accuracy/mean", m.accuracy},
            {"rewards/format/mean", m.format}, {"accuracy", m.accuracy}, {"format", m.format},
            {"completions/mean_length", m.length}, {"completions/clipped_ratio", std::max(0.0, 0.02 + noise(0.01))},
            {"entropy", 0.9 - 0.55 * grown + noise(0.02)},
            {"groups/all_right", static_cast<double>(dead) / m_run.prompts},
            {"groups/all_wrong", std::max(0.0, 0.3 - 0.28 * grown + noise(0.03))},
            {"reflection/per_completion", m.reflections}, {"reflection/per_1k_tokens", 1000 * m.reflections / m.length},
            {"language/mixing", m.mixing}, {"grad_norm", 0.4 + 0.6 * std::exp(-2 * grown) + std::abs(noise(0.08))},
            {"learning_rate", m_run.learningRate}, {"loss", noise(0.01)},
            {"time/generate", 0.8 + 0.4 * grown + std::abs(noise(0.05))}, {"time/score", 0.05},
            {"time/train", 0.6 + 0.3 * grown + std::abs(noise(0.04))}, {"time/other", 0.04},
            {"tokens_per_second/generate", 5200 - 900 * grown + noise(150)},
            {"tokens_per_second/train", 9100 - 500 * grown + noise(200)},
            {"memory/host_peak", (310 + 60 * grown) * (1 << 20)},
            {"memory/device_peak", (120 + 40 * grown) * (1 << 20)}, {"step_time", 1.5 + 0.7 * grown},
            {"num_tokens", m.length * static_cast<double>(samples->size())}};
        add(step, pipeline::StepFinished{std::move(metrics), samples});
    }

    void evaluate(std::int64_t step)
    {
        auto samples = std::make_shared<std::vector<Sample>>();
        int majority = 0;
        for (int k = 0; k < m_run.heldOut; ++k) {
            int right = 0;
            for (int j = 0; j < 4; ++j) {
                samples->push_back(sample(static_cast<std::uint64_t>(k) + 1, step, j));
                samples->back().group = k;
                if (j > 0)
                    samples->back().promptIds.clear();
                right += samples->back().correct ? 1 : 0;
            }
            majority += right >= 2 ? 1 : 0;
        }
        const Means m = meansOf(*samples);
        const double half = 1.96 * std::sqrt(m.accuracy * (1 - m.accuracy) / (2.0 * m_run.heldOut));
        Metrics metrics{{"eval/pass@1", m.accuracy}, {"eval/pass@1_low", std::max(0.0, m.accuracy - half)},
            {"eval/pass@1_high", std::min(1.0, m.accuracy + half)},
            {"eval/maj@4", static_cast<double>(majority) / m_run.heldOut}, {"eval/accuracy", m.accuracy},
            {"eval/format", m.format}, {"eval/mean_length", m.length},
            {"eval/reflection/per_completion", m.reflections}, {"eval/language/mixing", m.mixing}};
        add(step, pipeline::EvaluationFinished{"eval", std::move(metrics), samples});
    }

    SyntheticRun m_run;
    std::mt19937_64 m_random;
    std::vector<pipeline::RunEvent> m_events;
};

} // namespace

config::Experiment syntheticExperiment(const SyntheticRun& run)
{
    config::Experiment e;
    e.name = run.name;
    e.seed = static_cast<std::int64_t>(run.seed);
    e.model.create = config::NewModel{};
    e.prompt.text = "User: {{prompt}} Assistant:";
    e.data.train.task = "countdown";
    e.data.eval = {{"eval", {}}};
    e.data.eval.front().source.task = "countdown";
    e.data.eval.front().source.rows = run.heldOut;
    e.rules = {{"accuracy", "accuracy", 1.0, {{"kind", std::string("countdown")}}}, {"format", "format", 1.0, {}}};
    config::Stage stage;
    stage.name = "reasoning";
    stage.steps = run.planned;
    config::GrpoStage grpo;
    grpo.numPrompts = run.prompts;
    grpo.numGenerations = run.generations;
    grpo.maxCompletionLength = 288;
    grpo.optimization.learningRate = run.learningRate;
    grpo.evaluation.every = run.evaluateEvery;
    stage.options = grpo;
    e.stages = {stage};
    return e;
}

std::vector<pipeline::RunEvent> syntheticEvents(const SyntheticRun& run)
{
    return Writer(run).events();
}

std::int64_t writeSyntheticRun(const std::filesystem::path& store, const SyntheticRun& run)
{
    store::Catalogue catalogue(store);
    store::NewRun made;
    made.name = run.name;
    const config::Experiment experiment = syntheticExperiment(run);
    made.description.experiment = config::toToml(experiment, config::SaveForm::SelfContained, store);
    made.description.templateText = experiment.prompt.text;
    made.description.seed = run.seed;
    made.description.build = "0.1.0";
    made.description.device = "cpu";
    store::OpenedRun opened = catalogue.create(made);
    const std::int64_t number = opened.number;
    store::RunWriter writer(std::move(opened.lease));
    for (const pipeline::RunEvent& event : syntheticEvents(run))
        writer.post(event);
    writer.close();
    return number;
}

} // namespace ahascope::ui
