// Verdicts below each other: a badge, a name, a reason.
#pragma once

#include <vector>

#include <QWidget>

#include "ui/widgets/labels.h"

class QVBoxLayout;

namespace ahascope::ui {

struct ScoreLine {
    QString badge;
    Badge::Tone tone = Badge::Tone::Neutral;
    QString name;
    QString reason;
};

class ScoreList : public QWidget {
    Q_OBJECT
public:
    explicit ScoreList(QWidget* parent = nullptr);
    void show(const std::vector<ScoreLine>& lines);
    QString text() const; // one line each: "accuracy | ✓ 1 | the answer is right"

private:
    struct Row;
    QVBoxLayout* m_column;
    std::vector<ScoreLine> m_lines;
};

} // namespace ahascope::ui
