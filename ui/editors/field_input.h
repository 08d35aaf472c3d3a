// The widget that edits one field of a schema.
#pragma once

#include <QString>
#include <QWidget>

#include "core/config/schema.h"

namespace ahascope::ui {

class FieldInput : public QWidget {
    Q_OBJECT
public:
    // The kind of the field decides: a check box, a text line, a list of choices, a text, a path with a button.
    static FieldInput* make(const config::Field& field, QWidget* parent = nullptr);

    // Shows a value without emitting edited(); leaves a text alone that already says the same.
    virtual void show(const config::Value& value) = 0;
    void setInvalid(bool invalid);

Q_SIGNALS:
    void edited(const ahascope::config::Value& value);
    void refused(const QString& why); // what was typed is not a value of this field

protected:
    explicit FieldInput(QWidget* parent) : QWidget(parent) { }
    void hold(QWidget* input, const config::Field& field); // the only child, named and described

private:
    QWidget* m_input = nullptr;
};

// "<b>learning rate</b> ... unit, range, default": of a field, as rich text.
QString tooltipOf(const config::Field& field);

} // namespace ahascope::ui
