#include "ui/theme/icons.h"

#include <stdexcept>

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {
// Colours are looked up when painting, so that a change of theme needs no new icons.
class TintedSvg : public QIconEngine {
public:
    TintedSvg(QString name, QByteArray svg, Tint tint)
        : m_name(std::move(name))
        , m_svg(std::move(svg))
        , m_tint(tint) { }

    QIconEngine* clone() const override { return new TintedSvg(*this); }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override
    {
        const qreal ratio = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
        painter->drawPixmap(rect, scaledPixmap(rect.size() * ratio, mode, state, ratio));
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        return scaledPixmap(size, mode, state, 1.0);
    }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal scale) override
    {
        const QColor colour = colourFor(mode);
        const QString key
            = QStringLiteral("%1/%2/%3x%4").arg(m_name, colour.name()).arg(size.width()).arg(size.height());
        QPixmap pixmap;
        if (!QPixmapCache::find(key, &pixmap)) {
            QByteArray svg = m_svg;
            svg.replace("currentColor", colour.name().toLatin1());
            pixmap = QPixmap(size);
            pixmap.fill(Qt::transparent);
            QPainter painter(&pixmap);
            QSvgRenderer(svg).render(&painter);
            painter.end();
            QPixmapCache::insert(key, pixmap);
        }
        pixmap.setDevicePixelRatio(scale);
        return pixmap;
    }

private:
    QColor colourFor(QIcon::Mode mode) const
    {
        const Theme& theme = themeFor(QGuiApplication::palette());
        if (mode == QIcon::Disabled)
            return mix(theme.muted, theme.window, 0.4);
        switch (m_tint) {
        case Tint::Accent:
            return theme.accent;
        case Tint::Good:
            return theme.good;
        case Tint::Bad:
            return theme.bad;
        case Tint::Warning:
            return theme.warning;
        case Tint::OnAccent:
            return theme.onAccent;
        case Tint::Normal:
            break;
        }
        return mode == QIcon::Active || mode == QIcon::Selected ? theme.text : theme.secondary;
    }

    QString m_name;
    QByteArray m_svg;
    Tint m_tint;
};
}

QIcon icon(const QString& name, Tint tint)
{
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        throw std::invalid_argument("no icon is called " + name.toStdString());
    return QIcon(new TintedSvg(name, file.readAll(), tint));
}

} // namespace ahascope::ui
