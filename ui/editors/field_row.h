// One line of a form: label, input, unit, a mark when the value is not the default, problems below.
#pragma once

#include <QWidget>

#include "core/config/schema.h"

class QLabel;
class QToolButton;

namespace ahascope::ui {

class FieldInput;

class FieldRow : public QWidget {
    Q_OBJECT
public:
    FieldRow(const config::Field& field, const QString& path, QWidget* parent = nullptr);

    const QString& path() const { return m_path; }
    const config::Field& field() const { return m_field; }
    FieldInput* input() const { return m_input; }
    bool isChanged() const { return m_changed; }

    // How much further in than the first rows it stands, in pixels: the name gives way, the values keep their column.
    void setIndent(int pixels);
    void show(const config::Value& value);
    // What the check says of this field; empty: nothing.
    void setProblem(const QString& text);
    QString problem() const;

    static bool differsFromDefault(const config::Field& field, const config::Value& value);
    // The path, label or help holds every word of `search`.
    static bool matches(const config::Field& field, const QString& path, const QString& search);

Q_SIGNALS:
    void edited(const ahascope::config::Value& value);

private:
    void showProblem();

    const config::Field m_field;
    const QString m_path;
    FieldInput* m_input;
    QLabel* m_label;
    QToolButton* m_reset;
    QLabel* m_problemLabel;
    QString m_typed; // why what is typed is no value
    QString m_checked;
    bool m_changed = false;
};

} // namespace ahascope::ui
