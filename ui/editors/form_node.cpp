#include "ui/editors/form_node.h"

#include <algorithm>

#include <QFrame>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/editors/field_row.h"
#include "ui/editors/schema_form.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/widgets/section.h"

namespace ahascope::ui {

namespace {
constexpr int rowInset = space::m; // of rows in their section

QString join(const QString& path, const QString& key)
{
    return path.isEmpty() ? key : path + QLatin1Char('.') + key;
}

QString titleOf(const std::string& key)
{
    QString text = QString::fromStdString(key).replace(QLatin1Char('_'), QLatin1Char(' '));
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}
}

FormNode::FormNode(
    SchemaForm& form, QString path, QString title, Resolve resolve, const config::Schema& schema, int depth)
    : m_form(form)
    , m_path(std::move(path))
    , m_title(std::move(title))
    , m_resolve(std::move(resolve))
    , m_schema(schema)
    , m_depth(depth)
{
}

FormNode::~FormNode() = default;

void FormNode::build(QVBoxLayout* column)
{
    config::Experiment experiment = m_form.m_document.experiment();
    if (m_depth == 0) {
        m_card = new QFrame;
        m_card->setProperty("role", "card");
        m_body = new QVBoxLayout(m_card);
        m_body->setContentsMargins(space::m + Section::inset + rowInset, space::m, space::m, space::m);
        m_body->setSpacing(space::xs);
        column->addWidget(m_card);
        populate();
        m_body = column; // the parts are cards of their own
        addChildren(experiment);
        return;
    }
    m_section = new Section(m_title);
    m_section->setToolTip(QString::fromStdString(m_schema.help));
    if (m_depth == 1) {
        m_card = new QFrame;
        m_card->setProperty("role", "card");
        auto* inner = new QVBoxLayout(m_card);
        inner->setContentsMargins(space::m, space::s, space::m, space::s);
        inner->addWidget(m_section);
        column->addWidget(m_card);
    } else {
        column->addWidget(m_section);
    }
    m_body = new QVBoxLayout;
    m_body->setContentsMargins(rowInset, 0, 0, 0);
    m_body->setSpacing(space::xs);
    m_section->body()->addLayout(m_body);
    const auto& closed = m_form.m_closed;
    const bool open = m_depth <= 2 && std::find(closed.begin(), closed.end(), m_path.toStdString()) == closed.end();
    m_section->setOpen(open);
    if (open)
        populate();
    QObject::connect(m_section, &Section::toggled, m_section, guarded(m_section, m_title, [this](bool opened) {
        auto& folded = m_form.m_closed;
        std::erase(folded, m_path.toStdString());
        if (!opened)
            folded.push_back(m_path.toStdString());
        else
            populate();
    }));
    addChildren(experiment);
}

void FormNode::populate()
{
    if (m_populated)
        return;
    m_populated = true;
    config::Experiment experiment = m_form.m_document.experiment();
    const void* object = m_resolve(experiment);
    for (const config::Field& field : m_schema.fields) {
        const QString path = join(m_path, QString::fromStdString(field.key));
        if (m_form.m_leftOut.contains(path))
            continue;
        auto* row = new FieldRow(field, path);
        row->setIndent(Section::inset * std::max(0, m_depth - 1));
        if (object != nullptr)
            row->show(field.get(object));
        QObject::connect(row, &FieldRow::edited, row,
            guarded(row, QString::fromStdString(config::labelOf(field)), [this, row](const config::Value& value) {
                m_form.edit(row->path(), SchemaForm::tr("Change %1").arg(row->path()),
                    [this, row, &value](config::Experiment& e) {
                        if (void* target = m_resolve(e))
                            row->field().set(target, value);
                    });
            }));
        m_rows.push_back(row);
        m_body->addWidget(row);
    }
}

void FormNode::addChildren(config::Experiment& experiment)
{
    for (const config::Section& part : m_schema.sections) {
        const QString path = join(m_path, QString::fromStdString(part.key));
        if (m_form.m_leftOut.contains(path))
            continue;
        void* owner = m_resolve(experiment);
        const bool present = !part.optional || (owner != nullptr && part.present(owner));
        Resolve inner = [resolve = m_resolve, part](config::Experiment& e) -> void* {
            void* held = resolve(e);
            return held != nullptr && (!part.optional || part.present(held)) ? part.object(held) : nullptr;
        };
        void* object = present ? inner(experiment) : nullptr;
        config::Schema schema = object != nullptr ? part.schema(object) : config::Schema{};
        if (schema.help.empty())
            schema.help = part.help;
        auto child = std::make_unique<FormNode>(m_form, path, titleOf(part.key), std::move(inner), schema, m_depth + 1);
        child->build(m_section != nullptr ? m_section->body() : m_body);
        if (part.optional)
            addPresenceButton(*child, part);
        m_children.push_back(std::move(child));
    }
    for (const config::List& list : m_schema.lists)
        if (!m_form.m_leftOut.contains(join(m_path, QString::fromStdString(list.key))))
            addList(list, experiment);
}

void FormNode::addList(const config::List& list, config::Experiment& experiment)
{
    void* owner = m_resolve(experiment);
    if (owner == nullptr)
        return;
    QVBoxLayout* column = m_section != nullptr ? m_section->body() : m_body;
    const std::size_t size = list.size(owner);
    for (std::size_t index = 0; index < size; ++index) {
        Resolve inner = [resolve = m_resolve, list, index](config::Experiment& e) -> void* {
            void* held = resolve(e);
            return held != nullptr && index < list.size(held) ? list.at(held, index) : nullptr;
        };
        const QString name = QString::fromStdString(list.nameOf ? list.nameOf(owner, index) : std::string());
        const QString key = QString::fromStdString(list.key);
        const QString place = list.byName ? name : QString::number(index);
        const QString path = key.isEmpty() ? join(m_path, place) : join(join(m_path, key), place);
        const config::Schema schema = list.schema(list.at(owner, index));
        QString title
            = list.byName ? titleOf(name.toStdString()) : QStringLiteral("%1 %2").arg(titleOf(list.key)).arg(index + 1);
        if (!list.byName)
            title += QStringLiteral(" · %1").arg(name.isEmpty() ? QString::fromStdString(schema.title) : name);
        auto child = std::make_unique<FormNode>(m_form, path, title, std::move(inner), schema, m_depth + 1);
        child->build(column);
        addMemberButtons(*child, list, index, size);
        m_children.push_back(std::move(child));
    }
    addListHead(list, column);
}

void FormNode::addListHead(const config::List& list, QVBoxLayout* column)
{
    const QString what = list.key.empty() ? SchemaForm::tr("held-out set") : QString::fromStdString(list.key);
    auto* add = button(SchemaForm::tr("Add %1").arg(what), QStringLiteral("plus"), QString::fromStdString(list.help));
    add->setProperty("flat", true);
    const auto addOne = [this, list, what](const std::string& type) {
        m_form.edit({}, SchemaForm::tr("Add %1").arg(what), [this, &list, &type](config::Experiment& e) {
            if (void* owner = m_resolve(e))
                list.add(owner, type);
        });
    };
    // The edit makes the form anew and this button goes: it must not be in the middle of its own click.
    if (list.types.empty()) {
        const std::string name = list.byName ? "extra" : "";
        QObject::connect(add, &QPushButton::clicked, &m_form, guarded(&m_form, what, [addOne, name] { addOne(name); }),
            Qt::QueuedConnection);
    } else {
        auto* menu = new QMenu(add);
        for (const std::string& type : list.types)
            QObject::connect(menu->addAction(QString::fromStdString(type)), &QAction::triggered, &m_form,
                guarded(&m_form, what, [addOne, type] { addOne(type); }), Qt::QueuedConnection);
        add->setMenu(menu);
        add->setProperty("menuButton", true);
    }
    column->addWidget(add, 0, Qt::AlignLeft);
}

void FormNode::addMemberButtons(FormNode& child, const config::List& list, std::size_t index, std::size_t size)
{
    const auto put = [&](const char* iconName, const QString& name, std::function<void(void*)> act) {
        auto* made = toolButton(QString::fromLatin1(iconName), name, name);
        child.m_section->addHeadWidget(made);
        QObject::connect(made, &QToolButton::clicked, &m_form,
            guarded(&m_form, name,
                [this, name, act = std::move(act)] {
                    m_form.edit({}, name, [this, &act](config::Experiment& e) {
                        if (void* owner = m_resolve(e))
                            act(owner);
                    });
                }),
            Qt::QueuedConnection);
    };
    if (!list.byName && index > 0)
        put("up", SchemaForm::tr("Move up"), [list, index](void* owner) { list.move(owner, index, index - 1); });
    if (!list.byName && index + 1 < size)
        put("down", SchemaForm::tr("Move down"), [list, index](void* owner) { list.move(owner, index, index + 1); });
    if (size > 1)
        put("trash", SchemaForm::tr("Remove"), [list, index](void* owner) { list.erase(owner, index); });
}

void FormNode::addPresenceButton(FormNode& child, const config::Section& part)
{
    config::Experiment experiment = m_form.m_document.experiment();
    void* owner = m_resolve(experiment);
    const bool present = owner != nullptr && part.present(owner);
    const QString name = present ? SchemaForm::tr("Remove") : SchemaForm::tr("Add");
    auto* made = toolButton(
        present ? QStringLiteral("trash") : QStringLiteral("plus"), name, QString::fromStdString(part.help));
    if (!present) { // nothing to unfold
        made->setText(name);
        made->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        child.m_section->setOpen(false);
    }
    child.m_section->addHeadWidget(made);
    QObject::connect(made, &QToolButton::clicked, &m_form,
        guarded(&m_form, name, [this, part, present] { setPresent(part, !present); }), Qt::QueuedConnection);
}

void FormNode::setPresent(const config::Section& part, bool present)
{
    m_form.edit({}, QString::fromStdString(part.key), [this, &part, present](config::Experiment& e) {
        if (void* owner = m_resolve(e))
            part.setPresent(owner, present);
    });
}

} // namespace ahascope::ui
