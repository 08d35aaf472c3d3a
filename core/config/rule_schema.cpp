#include <algorithm>

#include "core/config/schema_builder.h"
#include "core/config/schema_parts.h"
#include "core/reward/rule.h"

namespace ahascope::config {

namespace {

const reward::RuleType* findRuleType(const std::string& type)
{
    const std::vector<reward::RuleType>& types = reward::ruleTypes();
    const auto found
        = std::find_if(types.begin(), types.end(), [&](const reward::RuleType& one) { return one.type == type; });
    return found == types.end() ? nullptr : &*found;
}

void setRuleType(Rule& rule, const std::string& type)
{
    rule.type = type;
    const reward::RuleType* registered = findRuleType(type);
    std::erase_if(rule.options, [registered](const auto& option) {
        return registered == nullptr
            || std::none_of(registered->options.begin(), registered->options.end(),
                [&](const reward::RuleOption& one) { return one.name == option.first; });
    });
}

} // namespace

std::vector<std::string> ruleTypeNames()
{
    std::vector<std::string> names;
    for (const reward::RuleType& type : reward::ruleTypes()) {
        names.push_back(type.type);
    }
    return names;
}

Rule makeRule(const std::string& type)
{
    Rule rule;
    rule.type = type;
    return rule;
}

Field optionField(std::string name, const OptionValue& fallback, std::string help, std::vector<std::string> choices,
    std::function<Options&(void* object)> bag)
{
    static constexpr FieldKind kinds[] = {FieldKind::Boolean, FieldKind::Integer, FieldKind::Number, FieldKind::Text};
    const auto find = [name](Options& options) {
        return std::find_if(options.begin(), options.end(), [&](const auto& one) { return one.first == name; });
    };
    Field field;
    field.key = name;
    field.kind = choices.empty() ? kinds[fallback.index()] : FieldKind::Choice;
    field.fallback = std::visit([](const auto& value) { return Value(value); }, fallback);
    field.choices = std::move(choices);
    field.help = std::move(help);
    field.get = [bag, find, standard = field.fallback](const void* object) {
        Options& options = bag(const_cast<void*>(object)); // only read
        const auto found = find(options);
        return found == options.end() ? standard
                                      : std::visit([](const auto& value) { return Value(value); }, found->second);
    };
    field.set = [bag, find, name, standard = field.fallback](void* object, const Value& given) {
        Options& options = bag(object);
        const auto found = find(options);
        Value value = given;
        if (const auto* whole = std::get_if<std::int64_t>(&value);
            whole != nullptr && std::holds_alternative<double>(standard)) {
            value = static_cast<double>(*whole);
        }
        if (found != options.end()) {
            options.erase(found);
        }
        if (value == standard) {
            return;
        }
        std::visit(
            [&](const auto& held) {
                if constexpr (!std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
                    // Sorted, so that equal options are equal whatever order they were set in.
                    const auto place = std::find_if(
                        options.begin(), options.end(), [&](const auto& one) { return one.first > name; });
                    options.insert(place, {name, OptionValue(held)});
                }
            },
            value);
    };
    return field;
}

Schema ruleSchema(const Rule& rule)
{
    const reward::RuleType* type = findRuleType(rule.type);
    Field typeField;
    typeField.key = "type";
    typeField.kind = FieldKind::Choice;
    typeField.fallback = std::string();
    typeField.choices = ruleTypeNames();
    typeField.help = "What the rule looks at.";
    typeField.choosesSchema = true;
    typeField.get = [](const void* object) { return Value(static_cast<const Rule*>(object)->type); };
    typeField.set = [](void* object, const Value& value) {
        setRuleType(*static_cast<Rule*>(object), std::get<std::string>(value));
    };
    SchemaBuilder<Rule> builder(rule.type, type != nullptr ? type->help : "A rule of the reward.");
    builder.field(std::move(typeField))
        .text("name", &Rule::name, "Unique; its metric is rewards/<name>/mean. Empty: the type.")
        .number("weight", &Rule::weight, {-1e6, 1e6}, "Factor of its score in the reward; 0 measures without reward.");
    if (type != nullptr) {
        for (const reward::RuleOption& option : type->options) {
            builder.field(optionField(option.name, option.fallback, option.help, option.choices,
                [](void* object) -> Options& { return static_cast<Rule*>(object)->options; }));
        }
    }
    return builder.build(type != nullptr ? "rule." + rule.type : "rule");
}

bool isName(std::string_view text)
{
    return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

const char* const nameRemedyText = "use letters, digits, - and _";

} // namespace ahascope::config
