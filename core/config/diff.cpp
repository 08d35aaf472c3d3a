#include "core/config/diff.h"

#include <map>

#include "core/config/schema.h"

namespace ahascope::config {

namespace {

struct Flat {
    std::string path;
    std::string value;
    std::string fallback;
    std::string unit;
};

// Members of lists by name, so that a rule that moved is the same rule. The second of two of the same name gets its
// number besides.
void flatten(const Schema& schema, void* object, const std::string& path, std::vector<Flat>& flat)
{
    for (const Field& field : schema.fields) {
        flat.push_back({path + field.key, toString(field.get(object)), toString(field.fallback), field.unit});
    }
    for (const Section& section : schema.sections) {
        if (section.present(object)) {
            void* inner = section.object(object);
            flatten(section.schema(inner), inner, path + section.key + '.', flat);
        }
    }
    for (const List& list : schema.lists) {
        const std::string prefix = list.key.empty() ? path : path + list.key + '.';
        std::map<std::string, int> seen;
        for (std::size_t i = 0; i < list.size(object); ++i) {
            void* member = list.at(object, i);
            const Schema inner = list.schema(member);
            std::string name = list.nameOf(object, i);
            if (name.empty() && !inner.fields.empty()) {
                name = toString(inner.fields.front().get(member)); // its type
            }
            if (const int count = ++seen[name]; count > 1) {
                name += '#' + std::to_string(count);
            }
            flatten(inner, member, prefix + name + '.', flat);
        }
    }
}

std::vector<Flat> flattened(const Experiment& experiment)
{
    std::vector<Flat> flat;
    flatten(experimentSchema(), const_cast<Experiment*>(&experiment), "", flat); // only read
    return flat;
}

} // namespace

std::vector<Difference> diff(const Experiment& a, const Experiment& b)
{
    static const std::string none = toString(Value());
    std::vector<Difference> differences;
    std::map<std::string, const Flat*> ofB;
    const std::vector<Flat> left = flattened(a);
    const std::vector<Flat> right = flattened(b);
    for (const Flat& field : right) {
        ofB.emplace(field.path, &field);
    }
    for (const Flat& field : left) {
        const auto other = ofB.find(field.path);
        if (other == ofB.end()) {
            if (field.value != field.fallback) {
                differences.push_back({field.path, field.value, none, field.unit});
            }
            continue;
        }
        if (other->second->value != field.value) {
            differences.push_back({field.path, field.value, other->second->value, field.unit});
        }
        ofB.erase(other);
    }
    for (const Flat& field : right) {
        if (ofB.contains(field.path) && field.value != field.fallback) {
            differences.push_back({field.path, none, field.value, field.unit});
        }
    }
    return differences;
}

} // namespace ahascope::config
