#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/json_columns.h"
#include "app/cli/json_lines.h"
#include "core/reward/verify.h"
#include "core/reward/verify_integer.h"

namespace ahascope::cli {

namespace {

struct Arguments {
    std::string kind = "auto";
    std::string numberUse = "exactly_once";
};

// A line with numbers is countdown; a gold answer that states a whole number is one; any other is a text.
reward::AnswerKind kindOf(const std::string& name, const nlohmann::json& in, const std::string& gold)
{
    if (const auto kind = reward::answerKind(name)) {
        return *kind;
    }
    if (in.contains("numbers")) {
        return reward::AnswerKind::Countdown;
    }
    return reward::readInteger(gold) ? reward::AnswerKind::Integer : reward::AnswerKind::Exact;
}

nlohmann::ordered_json answer(const nlohmann::json& in, const Arguments& arguments)
{
    const std::string gold = optionalColumn(in, "gold");
    const auto use
        = arguments.numberUse == "exactly_once" ? reward::NumberUse::ExactlyOnce : reward::NumberUse::AtMostOnce;
    const reward::Reference reference
        = reward::readReference(kindOf(arguments.kind, in, gold), gold, columnsOf(in), use);
    const reward::Verification found = reward::verifyPrediction(reference, requiredColumn(in, "prediction"));
    nlohmann::ordered_json out;
    out["equal"] = found.equal ? nlohmann::ordered_json(*found.equal) : nlohmann::ordered_json(nullptr);
    out["extracted"] = found.extracted;
    out["reason"] = found.reason;
    return out;
}

} // namespace

void addVerify(CLI::App& app, const Common&)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand(
        "verify", "JSON lines {gold, prediction} to {equal, extracted, reason}; null: not gradable");
    command
        ->add_option("--kind", arguments->kind,
            "How answers are compared; auto: countdown if the line has numbers, integer if the gold answer is one, "
            "else "
            "exact")
        ->check(CLI::IsMember({"auto", "countdown", "exact", "integer"}))
        ->capture_default_str();
    command->add_option("--number-use", arguments->numberUse, "Countdown: whether every number must be used")
        ->check(CLI::IsMember({"exactly_once", "at_most_once"}))
        ->capture_default_str();
    command->callback(
        [arguments] { throw Exit{filterJsonLines([&](const nlohmann::json& in) { return answer(in, *arguments); })}; });
}

} // namespace ahascope::cli
