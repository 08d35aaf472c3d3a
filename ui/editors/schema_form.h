// A form for an experiment, made from its schema: a new field of the schema appears here by itself.
#pragma once

#include <memory>
#include <vector>

#include <QStringList>
#include <QWidget>

#include "core/config/schema.h"
#include "core/problem.h"

class QVBoxLayout;

namespace ahascope::ui {

class ExperimentDocument;
class FormNode;

// Groups fold; a group's rows are made when it is first opened. Edits go through the document, so they can be undone.
class SchemaForm : public QWidget {
    Q_OBJECT
public:
    // `leftOut`: paths of groups that other panes edit ("rule", "template").
    SchemaForm(ExperimentDocument& document, QStringList leftOut, QWidget* parent = nullptr);
    ~SchemaForm() override;

    // Shows only the fields that match, from all groups. Empty: all.
    void setSearch(const QString& text);
    // Fields that few people touch; those that were changed are always shown.
    void setAdvancedShown(bool shown);
    void setOnlyChanged(bool only);

    // Puts each problem beside its field and opens its group; gives back those that belong to no field of the form.
    std::vector<Problem> showProblems(const std::vector<Problem>& problems);

    int changedCount() const { return m_changed; }

Q_SIGNALS:
    void changedCountChanged();

private:
    friend class FormNode;
    void refresh(); // after the document changed
    void rebuild();
    void count(int changed);
    void applyFilter();
    void edit(const QString& path, const QString& label, const std::function<void(config::Experiment&)>& change);

    ExperimentDocument& m_document;
    const QStringList m_leftOut;
    QString m_search;
    bool m_advanced = false;
    bool m_onlyChanged = false;
    int m_changed = 0;
    std::string m_shape;               // paths of everything there is: when it changes, the form is made anew
    std::vector<std::string> m_closed; // groups that a person folded, by path
    std::unique_ptr<FormNode> m_root;
    QVBoxLayout* m_column;
};

} // namespace ahascope::ui
