// Python's arithmetic and slicing on values. Integers have 64 bits; what does not fit is a Fault.
#pragma once

#include "core/text/jinja/runtime.h"

namespace ahascope::text::jinja {

Value arithmetic(BinaryOperator op, const Value& left, const Value& right, Runtime& runtime);
Value negative(const Value& value);
Value positive(const Value& value);
bool contains(const Value& container, const Value& item, Runtime& runtime);
bool compares(Comparison comparison, const Value& left, const Value& right, Runtime& runtime);
// object[start:stop:step]; parts that are none are absent.
Value sliced(const Value& object, const Value& start, const Value& stop, const Value& step, Runtime& runtime);
// range(): at most 100,000 numbers.
Value makeRange(std::int64_t start, std::int64_t stop, std::int64_t step, Runtime& runtime);
// format % arguments with %s, %r, %d, %i and %%; others are refused.
std::string formatted(const std::string& format, const Value& arguments, Runtime& runtime);

} // namespace ahascope::text::jinja
