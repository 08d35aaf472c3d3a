// What the parts of an experiment are called, hold and mean: one description that TOML in and out, checking, the
// window's form, its tooltips and the diff of two runs walk. A new field is one line (see experiment_schema.cpp).
//
// Objects are passed as void*: the struct that a schema was made for. Only the makers of schemas cast.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/config/experiment.h"
#include "core/problem.h"

namespace ahascope::config {

// monostate: an optional field without a value.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

std::string toString(const Value& value); // "—" for none; numbers in their shortest exact form

enum class FieldKind {
    Boolean,
    Integer,
    Number,
    Text,
    LongText,  // many lines
    Choice,    // a Text out of `choices`
    FilePath,  // Text: an absolute path
    FolderPath // Text: an absolute path
};

struct Field {
    std::string key; // TOML key
    FieldKind kind = FieldKind::Text;
    Value fallback;                                            // the default; monostate for an optional field
    std::string unit;                                          // "tokens", "steps"; may be empty
    double minimum = -std::numeric_limits<double>::infinity(); // of numbers, inclusive
    double maximum = std::numeric_limits<double>::infinity();
    std::vector<std::string> choices;
    std::string help;           // one sentence for the tooltip
    std::string helpKey;        // page of resources/help
    bool optional = false;      // monostate allowed
    bool advanced = false;      // folded away in the form at first
    bool choosesSchema = false; // `type`, `task`: setting it may change the other fields of the object
    std::function<Value(const void* object)> get;
    std::function<void(void* object, const Value& value)> set; // value of the field's kind
};

// "learning rate" of learning_rate.
std::string labelOf(const Field& field);
// Why a value cannot stand in a field (kind, range, choice), without place; empty message: it can.
Problem problemWith(const Field& field, const Value& value);
// "0.001 .. 1 tokens, default 512": unit, range and default in words, for tooltips.
std::string rangeText(const Field& field);

struct Schema;
using SchemaOf = std::function<Schema(const void* object)>;

// An object inside another: a table of its own.
struct Section {
    std::string key;
    std::string help;
    bool optional = false; // present() may be false
    std::function<bool(const void* owner)> present;
    std::function<void(void* owner, bool present)> setPresent; // a new one has its defaults
    std::function<void*(void* owner)> object;                  // null when not present
    SchemaOf schema;
};

// Objects of one kind in an order: [[rule]], or [data.NAME] when keyed by name.
struct List {
    std::string key; // empty: each member is a table of the owner, called by its name
    std::string help;
    bool byName = false;
    std::vector<std::string> types; // what add() takes; empty: one kind
    std::function<std::size_t(const void* owner)> size;
    std::function<void*(void* owner, std::size_t index)> at;
    std::function<void(void* owner, const std::string& typeOrName)> add; // at the end; the name where byName
    std::function<void(void* owner, std::size_t index)> erase;
    std::function<void(void* owner, std::size_t from, std::size_t to)> move;
    std::function<std::string(const void* owner, std::size_t index)> nameOf; // of the member; may be empty
    SchemaOf schema;                                                         // of a member
};

struct Schema {
    std::string title; // "GRPO", "Countdown"
    std::string help;
    std::vector<Field> fields; // those that choose the schema come first
    std::vector<Section> sections;
    std::vector<List> lists;
    // Checks beyond single fields. Places begin with `path` ("stage.0.").
    std::vector<std::function<void(const void* object, const std::string& path, std::vector<Problem>& problems)>>
        checks;

    const Field* field(std::string_view key) const; // null when there is none
};

// Schema of an Experiment.
const Schema& experimentSchema();

// A field where it stands. `path`: "stage.0.learning_rate", the path that --set takes and that problems name.
using FieldVisitor = std::function<void(const std::string& path, const Field& field, const void* object)>;
// Every field of everything in the experiment, in the order of the form.
void forEachField(const Experiment& experiment, const FieldVisitor& visit);

} // namespace ahascope::config
