// The tree of a template. Plain structs; the interpreter walks it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/text/jinja/value.h"

namespace ahascope::text::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct CallArguments {
    std::vector<ExpressionPtr> positional = {};
    std::vector<std::pair<std::string, ExpressionPtr>> named = {};
    ExpressionPtr unpacked = {};      // *list
    ExpressionPtr unpackedNamed = {}; // **dict
};

struct Constant {
    Value value;
};
struct Name {
    std::string name;
};
struct TupleLiteral {
    std::vector<ExpressionPtr> items;
};
struct ListLiteral {
    std::vector<ExpressionPtr> items;
};
struct DictLiteral {
    std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};
// object.name
struct Attribute {
    ExpressionPtr object;
    std::string name;
};
// object[index]
struct Item {
    ExpressionPtr object;
    ExpressionPtr index;
};
// object[start:stop:step]; parts may be null
struct Slice {
    ExpressionPtr object;
    ExpressionPtr start;
    ExpressionPtr stop;
    ExpressionPtr step;
};
struct Call {
    ExpressionPtr callee;
    CallArguments arguments;
};
struct Filter {
    ExpressionPtr input; // null: the body of the block that the filter belongs to
    std::string name;
    CallArguments arguments;
};
struct Test {
    ExpressionPtr input;
    std::string name;
    CallArguments arguments;
};
enum class UnaryOperator { Not, Minus, Plus };
struct Unary {
    UnaryOperator op;
    ExpressionPtr operand;
};
enum class BinaryOperator { And, Or, Add, Subtract, Multiply, Divide, FloorDivide, Modulo, Power };
struct Binary {
    BinaryOperator op;
    ExpressionPtr left;
    ExpressionPtr right;
};
// a ~ b ~ c
struct Concatenation {
    std::vector<ExpressionPtr> parts;
};
enum class Comparison { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, NotIn };
// a < b <= c
struct Comparisons {
    ExpressionPtr first;
    std::vector<std::pair<Comparison, ExpressionPtr>> rest;
};
// value if condition else otherwise; the last may be null
struct Conditional {
    ExpressionPtr condition;
    ExpressionPtr value;
    ExpressionPtr otherwise;
};
// Left of an assignment only: space.name = ...
struct NamespaceTarget {
    std::string space;
    std::string name;
};

struct Expression {
    int line = 1;
    int height = 1; // of the tree below; bounded, so that walking and freeing it may recurse
    std::variant<Constant, Name, TupleLiteral, ListLiteral, DictLiteral, Attribute, Item, Slice, Call, Filter, Test,
        Unary, Binary, Concatenation, Comparisons, Conditional, NamespaceTarget>
        node;
};

struct Statement;
using Body = std::vector<Statement>;

struct Text {
    std::string text;
};
struct Output {
    ExpressionPtr value;
};
struct Set {
    ExpressionPtr target;
    ExpressionPtr value;
};
// {% set name | filter %} ... {% endset %}
struct SetBlock {
    ExpressionPtr target;
    ExpressionPtr filter; // may be null
    Body body;
};
struct For {
    ExpressionPtr target;
    ExpressionPtr iterable;
    ExpressionPtr condition; // may be null
    bool recursive = false;
    Body body;
    Body otherwise;
};
struct If {
    std::vector<std::pair<ExpressionPtr, Body>> branches;
    Body otherwise;
};
struct MacroDefinition {
    std::string name;                                              // empty: the body of a {% call %}
    std::vector<std::pair<std::string, ExpressionPtr>> parameters; // with defaults, which may be null
    bool usesCaller = false;
    bool usesPositional = false; // the name varargs
    bool usesNamed = false;      // the name kwargs
    Body body;
};
struct CallBlock {
    MacroDefinition caller;
    ExpressionPtr call;
};
struct FilterBlock {
    ExpressionPtr filter;
    Body body;
};
struct With {
    std::vector<std::pair<ExpressionPtr, ExpressionPtr>> variables;
    Body body;
};
// {% generation %}: marks what the assistant wrote; here only a scope
struct Generation {
    Body body;
};
struct Break { };
struct Continue { };

struct Statement {
    int line = 1;
    std::variant<Text, Output, Set, SetBlock, For, If, MacroDefinition, CallBlock, FilterBlock, With, Generation, Break,
        Continue>
        node;
};

} // namespace ahascope::text::jinja
