// One object of the experiment in the form: its group of rows, and the objects inside it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <QString>

#include "core/config/schema.h"

class QFrame;
class QVBoxLayout;
class QWidget;

namespace ahascope::ui {

class FieldRow;
class SchemaForm;
class Section;

// Finds the object in an experiment. Pointers are never kept: an edit or an undo replaces the experiment.
using Resolve = std::function<void*(config::Experiment& experiment)>;

class FormNode {
public:
    FormNode(SchemaForm& form, QString path, QString title, Resolve resolve, const config::Schema& schema, int depth);
    ~FormNode();
    FormNode(const FormNode&) = delete;
    FormNode& operator=(const FormNode&) = delete;

    const QString& path() const { return m_path; }
    Section* section() const { return m_section; } // null: the root
    const std::vector<std::unique_ptr<FormNode>>& children() const { return m_children; }

    // Puts the group and all inside it into a column.
    void build(QVBoxLayout* column);
    void show(config::Experiment& experiment); // values
    struct Filter {
        QString search;
        bool advanced = false;
        bool onlyChanged = false;
    };
    // Whether anything is left to see. Opens what holds a match.
    bool applyFilter(const Filter& filter, config::Experiment& experiment);
    FieldRow* rowAt(const QString& path); // makes the rows of its group if need be; null: no such field
    // How many fields differ from their defaults, here and below.
    int changedCount(config::Experiment& experiment) const;
    void clearProblems();
    int problemCount() const;
    void updateRemarks(config::Experiment& experiment);

private:
    void addChildren(config::Experiment& experiment);
    void addList(const config::List& list, config::Experiment& experiment);
    void addListHead(const config::List& list, QVBoxLayout* column);
    void addMemberButtons(FormNode& child, const config::List& list, std::size_t index, std::size_t size);
    void addPresenceButton(FormNode& child, const config::Section& part);
    void populate();
    void setPresent(const config::Section& part, bool present);

    SchemaForm& m_form;
    const QString m_path;
    const QString m_title;
    const Resolve m_resolve;
    const config::Schema m_schema;
    const int m_depth;
    Section* m_section = nullptr;
    QFrame* m_card = nullptr;      // around a group of the first level
    QVBoxLayout* m_body = nullptr; // of the rows
    bool m_populated = false;
    std::vector<FieldRow*> m_rows;
    std::vector<std::unique_ptr<FormNode>> m_children;
};

} // namespace ahascope::ui
