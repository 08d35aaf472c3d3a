// Inspect: one completion, to be read. Its group's other samples are one key away.
#pragma once

#include <memory>
#include <optional>

#include <QWidget>

#include "ui/editors/reader_document.h"

class QButtonGroup;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QStackedWidget;
class QTextEdit;
class QToolButton;

namespace ahascope::ui {

class Badge;
class ElidedLabel;
class EmptyState;
class ScoreList;
struct Workbench;

// Keys: left and right walk the group, J and K (or N and P) the list of samples, T the token views, Ctrl+C copies.
class ReaderPane : public QWidget {
    Q_OBJECT
public:
    explicit ReaderPane(Workbench& workbench, QWidget* parent = nullptr);

    void open(std::int64_t run, std::int64_t sample);
    void clear();
    void walk(int direction);                   // through the group, round its ends
    std::optional<std::int64_t> sample() const; // that is shown
    QString headText() const;
    QString scoreText() const;
    QString bodyText() const;

Q_SIGNALS:
    void shown(qint64 sample);
    void stepRequested(int direction); // in the list of samples
    void problemRequested(quint64 problem, const QString& question);

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* makeHead();
    QWidget* makeTools();
    void addShortcuts();
    void show(ReaderContent content);
    void showMember(std::size_t index);
    void fillGroup();
    void fillBody();
    void copy(bool everything);
    const ReaderMember* member() const;

    Workbench& m_workbench;
    std::shared_ptr<std::shared_ptr<const text::Tokenizer>> m_tokenizer; // the reading thread's, of m_content.run
    std::int64_t m_run = 0;
    ReaderContent m_content;
    ReaderLook m_look;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    ElidedLabel* m_title = nullptr;
    Badge* m_verdict = nullptr;
    QLabel* m_facts = nullptr;
    QHBoxLayout* m_groupRow = nullptr;
    QButtonGroup* m_group = nullptr;
    ScoreList* m_scores = nullptr;
    QComboBox* m_mode = nullptr;
    QTextEdit* m_body = nullptr;
    QWidget* m_legend = nullptr;
};

} // namespace ahascope::ui
