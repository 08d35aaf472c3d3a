#include "core/text/unicode_nfc.h"

#include <stdexcept>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uniset.h>

namespace ahascope::text {

namespace {

void check(UErrorCode status)
{
    if (U_FAILURE(status))
        throw std::runtime_error(std::string("ICU cannot normalise text: ") + u_errorName(status));
}

// Owned by ICU.
const icu::Normalizer2& formC()
{
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* normalizer = icu::Normalizer2::getNFCInstance(status);
    check(status);
    return *normalizer;
}

// Form C among the characters of Unicode 9; all others are inert.
class OldFormC {
public:
    OldFormC() : m_characters(u"[:age=9.0:]", m_status), m_normalizer(formC(), m_characters)
    {
        check(m_status);
        m_characters.freeze();
    }
    const icu::Normalizer2& normalizer() const { return m_normalizer; }

private:
    UErrorCode m_status = U_ZERO_ERROR;
    icu::UnicodeSet m_characters;
    icu::FilteredNormalizer2 m_normalizer;
};

// Below U+0300 no character has a decomposition to put together or a combining class; such text is in form C.
// In UTF-8 these are the code points whose lead byte is below 0xcc.
bool isPlain(std::string_view text)
{
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0xcc)
            return false;
    }
    return true;
}

} // namespace

std::optional<std::string> nfc(std::string_view text)
{
    if (isPlain(text))
        return std::nullopt;
    UErrorCode status = U_ZERO_ERROR;

    if (text.size() > static_cast<std::size_t>(INT32_MAX))
        throw std::length_error("a text above 2 GiB cannot be normalised");
    const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
    // What today's tables call normal is normal for the older ones too: younger marks only block more.
    if (formC().isNormalizedUTF8(piece, status) && U_SUCCESS(status))
        return std::nullopt;
    static const OldFormC old;
    std::string normal;
    icu::StringByteSink<std::string> sink(&normal, piece.length());
    old.normalizer().normalizeUTF8(0, piece, sink, nullptr, status);
    check(status);
    return normal;
}

} // namespace ahascope::text
