#include "ui/models/chart_catalogue.h"

#include <algorithm>
#include <string_view>

#include <QCoreApplication>

#include "ui/models/step_phases.h"

namespace ahascope::ui {

namespace {
QString tr(const char* text)
{
    return QCoreApplication::translate("ChartCatalogue", text);
}

bool has(const std::vector<std::string>& metrics, std::string_view name)
{
    return std::find(metrics.begin(), metrics.end(), name) != metrics.end();
}

// "eval/maj@8" for the prefix "eval/maj@".
std::string firstWith(const std::vector<std::string>& metrics, std::string_view prefix)
{
    for (const std::string& name : metrics)
        if (name.starts_with(prefix) && name.find_first_not_of("0123456789", prefix.size()) == std::string::npos)
            return name;
    return {};
}

QString numberAfter(const std::string& name)
{
    return QString::fromStdString(name.substr(name.find('@') + 1));
}

ChartSpec heldOutAccuracy(const std::vector<std::string>& metrics)
{
    ChartSpec chart{.id = QStringLiteral("held-out"),
        .title = tr("Held-out accuracy"),
        .help = tr(
            "Problems that are never trained on. pass@1: share of sampled answers that are right, with its 95 % "
            "interval "
            "(bootstrap over problems). Majority: share of problems whose most frequent answer is right. Step 0 is the "
            "base model."),
        .format = NumberFormat::Percent,
        .large = true,
        .heldOut = true,
        .baseline = "eval/pass@1",
        .empty = tr("The base model is evaluated first")};
    chart.curves.push_back({"eval/pass@1", tr("pass@1"), 0, Qt::SolidLine, "eval/pass@1_low", "eval/pass@1_high"});
    if (const std::string majority = firstWith(metrics, "eval/maj@"); !majority.empty())
        chart.curves.push_back({majority, tr("majority of %1").arg(numberAfter(majority)), 1, Qt::DashLine});
    for (const std::string& name : metrics) { // further held-out sets: eval/<set>/pass@1
        const std::string_view tail = "/pass@1";
        if (name.starts_with("eval/") && name.ends_with(tail) && name.size() > 5 + tail.size())
            chart.curves.push_back({name, QString::fromStdString(name.substr(5, name.size() - 5 - tail.size())),
                static_cast<int>(chart.curves.size()), Qt::DashDotLine});
    }
    return chart;
}

ChartSpec lengthChart()
{
    return {.id = QStringLiteral("length"),
        .title = tr("Response length"),
        .help = tr("Tokens per completion, thinking included: mean over each rollout, and over the held-out problems. "
                   "In R1-Zero it grows "
                   "because longer thinking pays, not because length is rewarded."),
        .curves = {{"completions/mean_length", tr("rollouts"), 2, Qt::SolidLine, {}, {}},
            {"eval/mean_length", tr("held-out"), 0, Qt::DashLine, {}, {}}},
        .large = true,
        .baseline = "eval/mean_length",
        .empty = tr("Lengths appear with the first rollout")};
}

ChartSpec rewardChart(const std::vector<std::string>& metrics)
{
    ChartSpec chart{.id = QStringLiteral("reward"),
        .title = tr("Reward and its parts"),
        .help = tr("Mean weighted sum of the rules, and the mean score of each rule before its weight.")};
    chart.curves.push_back({"reward", tr("reward"), 0, Qt::SolidLine, {}, {}});
    static constexpr Qt::PenStyle dashes[] = {Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
    for (const std::string& name : metrics)
        if (name.starts_with("rewards/") && name.ends_with("/mean")) {
            const auto n = chart.curves.size();
            chart.curves.push_back({name, QString::fromStdString(name.substr(8, name.size() - 13)), static_cast<int>(n),
                dashes[(n - 1) % std::size(dashes)], {}, {}});
        }
    return chart;
}

ChartSpec one(
    const char* id, const char* title, const char* help, NumberFormat format, std::string metric, int colour = 0)
{
    return {.id = QString::fromLatin1(id),
        .title = tr(title),
        .help = tr(help),
        .format = format,
        .curves = {{std::move(metric), tr("training"), colour, Qt::SolidLine, {}, {}}}};
}

ChartSpec withHeldOut(ChartSpec chart, const std::vector<std::string>& metrics, const std::string& metric)
{
    if (has(metrics, metric)) {
        chart.curves.push_back({metric, tr("held-out"), 1, Qt::DashLine, {}, {}});
        chart.baseline = metric;
    }
    return chart;
}
}

std::vector<ChartSpec> chartCatalogue(const std::vector<std::string>& metrics)
{
    using enum NumberFormat;
    std::vector<ChartSpec> charts;
    charts.push_back(heldOutAccuracy(metrics));
    charts.push_back(lengthChart());
    charts.push_back(one("accuracy", "Training accuracy", "Share of this step's completions that are right (strict).",
        Percent, "accuracy"));
    charts.push_back(rewardChart(metrics));
    charts.push_back(
        withHeldOut(one("format", "Format kept", "Share with exactly one think block, then one answer block.", Percent,
                        "format", 2),
            metrics, "eval/format"));
    charts.push_back(withHeldOut(one("reflections", "Reflections per completion",
                                     "Words like wait, check, again, mistake in the chain of thought; what the paper "
                                     "calls the aha moment shows here.",
                                     Plain, "reflection/per_completion", 3),
        metrics, "eval/reflection/per_completion"));
    charts.push_back(one("reflection-density", "Reflections per 1,000 tokens",
        "The same, freed of the growth in length: rises only when the text becomes denser in reflection.", Plain,
        "reflection/per_1k_tokens", 3));
    charts.push_back(one("entropy", "Entropy",
        "Mean entropy of the next-token distribution in nats. A collapse towards 0 ends exploration.", Plain, "entropy",
        4));
    charts.push_back(one("kl", "KL to the reference",
        "Mean of the k3 estimator against the reference policy, per token.", Scientific, "kl", 4));
    charts.back().empty = tr("Not measured: beta is 0, there is no reference");
    charts.push_back(one("cut-off", "Cut off at the length limit",
        "Share of completions that reached max_completion_length. Near 1 nothing can be learned from how they end.",
        Percent, "completions/clipped_ratio", 1));
    charts.push_back(withHeldOut(
        one("mixing", "Language mixing",
            "Share of completions whose chain of thought has at least 2 words and 2 % in a second language.", Percent,
            "language/mixing", 5),
        metrics, "eval/language/mixing"));
    ChartSpec groups{.id = QStringLiteral("groups"),
        .title = tr("Groups without a signal"),
        .help = tr("Groups whose completions are all right or all wrong have no advantage and teach nothing."),
        .format = Percent,
        .curves = {{"groups/all_right", tr("all right"), 2, Qt::SolidLine, {}, {}},
            {"groups/all_wrong", tr("all wrong"), 1, Qt::DashLine, {}, {}}}};
    charts.push_back(groups);
    ChartSpec time{.id = QStringLiteral("time"),
        .title = tr("Time per step"),
        .help = tr("Where a step's time goes."),
        .format = Seconds,
        .stacked = true};
    for (const PhaseSpec& phase : phases())
        time.curves.push_back({phase.metric, phase.name, phase.colour, Qt::SolidLine, {}, {}});
    charts.push_back(time);
    charts.push_back(
        one("grad-norm", "Gradient norm", "Norm of the whole gradient before clipping.", Plain, "grad_norm", 6));
    charts.push_back(one("learning-rate", "Learning rate", "As the schedule set it.", Scientific, "learning_rate", 7));
    if (has(metrics, "loss") && !has(metrics, "reward"))
        charts.insert(
            charts.begin() + 2, one("loss", "Loss", "Mean cross-entropy per token in nats.", Plain, "loss", 0));
    return charts;
}

} // namespace ahascope::ui
