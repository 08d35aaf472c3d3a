// What the colours of the reader mean.
#pragma once

#include <QWidget>

#include "ui/editors/reader_document.h"

namespace ahascope::ui {

class ReaderLegend : public QWidget {
    Q_OBJECT
public:
    explicit ReaderLegend(QWidget* parent = nullptr);
    void show(ReaderMode mode, int reflections, const QString& languages, const QString& note);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    ReaderMode m_mode = ReaderMode::Reading;
    int m_reflections = 0;
    QString m_languages;
    QString m_note;
};

} // namespace ahascope::ui
