#include "core/text/completion_parser.h"

#include <array>
#include <vector>

#include "core/text/white_space.h"

namespace ahascope::text {

namespace {

enum TagKind { ThinkOpen, ThinkClose, AnswerOpen, AnswerClose };

struct Tag {
    TagKind kind = ThinkOpen;
    Span span;
};

using TagNames = std::array<std::string_view, 4>;

std::vector<Tag> findTags(std::string_view text, const TagNames& names)
{
    std::array<bool, 256> mayStart{};
    for (const std::string_view name : names) {
        if (!name.empty()) {
            mayStart[static_cast<unsigned char>(name.front())] = true;
        }
    }
    std::vector<Tag> tags;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t next = i + 1;
        if (mayStart[static_cast<unsigned char>(text[i])]) {
            for (int kind = 0; kind < 4; ++kind) {
                const std::string_view name = names[static_cast<std::size_t>(kind)];
                if (!name.empty() && text.substr(i, name.size()) == name) {
                    tags.push_back({static_cast<TagKind>(kind), {i, i + name.size()}});
                    next = i + name.size();
                    break;
                }
            }
        }
        i = next;
    }
    return tags;
}

std::string whyNotWellFormed(
    std::string_view text, const std::vector<Tag>& tags, const TagNames& names, bool endedByItself)
{
    std::array<std::size_t, 4> counts{};
    for (const Tag& tag : tags) {
        ++counts[tag.kind];
    }
    if (!endedByItself) {
        return "cut off before it ended";
    }
    for (std::size_t kind = 0; kind < 4; ++kind) {
        if (counts[kind] == 0) {
            return "no " + std::string(names[kind]);
        }
        if (counts[kind] > 1) {
            return std::string(names[kind]) + " stands " + std::to_string(counts[kind]) + " times";
        }
    }
    for (std::size_t i = 0; i < 4; ++i) {
        if (tags[i].kind != static_cast<TagKind>(i)) {
            return "the tags are out of order";
        }
    }
    if (!isBlank(text.substr(0, tags[0].span.begin))) {
        return "text before " + std::string(names[ThinkOpen]);
    }
    if (!isBlank(text.substr(tags[1].span.end, tags[2].span.begin - tags[1].span.end))) {
        return "text between " + std::string(names[ThinkClose]) + " and " + std::string(names[AnswerOpen]);
    }
    if (!isBlank(text.substr(tags[3].span.end))) {
        return "text after " + std::string(names[AnswerClose]);
    }
    return {};
}

struct Blocks {
    std::optional<Span> think;
    bool thinkClosed = false;
    std::optional<Span> answer;
    std::optional<std::size_t> firstThinkClose; // where its tag begins
    std::optional<std::size_t> firstAnswerOpen; // outside closed think blocks; where its tag begins
};

Blocks findBlocks(std::size_t textSize, const std::vector<Tag>& tags)
{
    Blocks blocks;
    std::size_t lastThinkClose = 0; // index past the last one
    for (std::size_t i = 0; i < tags.size(); ++i) {
        if (tags[i].kind == ThinkClose) {
            lastThinkClose = i + 1;
            if (!blocks.firstThinkClose) {
                blocks.firstThinkClose = tags[i].span.begin;
            }
        }
    }
    bool insideThink = false; // of a block that is closed later
    bool insideAnswer = false;
    std::size_t answerBegin = 0;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        const Tag& tag = tags[i];
        const bool thinkIsOpen = blocks.think && !blocks.thinkClosed && blocks.think->end == textSize;
        if (insideThink) {
            if (tag.kind == ThinkClose) {
                insideThink = false;
                if (thinkIsOpen) {
                    blocks.think->end = tag.span.begin;
                    blocks.thinkClosed = true;
                }
            }
        } else if (tag.kind == ThinkOpen) {
            insideThink = i < lastThinkClose;
            if (!blocks.think) {
                blocks.think = Span{tag.span.end, textSize};
            }
        } else if (tag.kind == AnswerOpen) {
            insideAnswer = true;
            answerBegin = tag.span.end;
            if (!blocks.firstAnswerOpen) {
                blocks.firstAnswerOpen = tag.span.begin;
            }
            if (thinkIsOpen) {
                blocks.think->end = tag.span.begin;
            }
        } else if (tag.kind == AnswerClose && insideAnswer) {
            blocks.answer = Span{answerBegin, tag.span.begin};
            insideAnswer = false;
        }
    }
    return blocks;
}

Span chainOf(const Blocks& blocks, std::size_t textSize)
{
    if (blocks.think) {
        return *blocks.think;
    }
    if (blocks.firstThinkClose) {
        return {0, *blocks.firstThinkClose}; // the opening tag was part of the prompt
    }
    return {0, blocks.firstAnswerOpen.value_or(textSize)};
}

} // namespace

ParsedCompletion parseCompletion(std::string_view completion, const CompletionFormat& format, bool endedByItself)
{
    const TagNames names{
        format.tags.thinkOpen, format.tags.thinkClose, format.tags.answerOpen, format.tags.answerClose};
    ParsedCompletion parsed;
    parsed.text.reserve(format.prefill.size() + completion.size());
    parsed.text = format.prefill;
    parsed.text += completion;
    parsed.prefillBytes = format.prefill.size();
    const std::vector<Tag> tags = findTags(parsed.text, names);
    const Blocks blocks = findBlocks(parsed.text.size(), tags);
    parsed.think = blocks.think;
    parsed.answer = blocks.answer;
    parsed.chain = chainOf(blocks, parsed.text.size());
    parsed.formatReason = whyNotWellFormed(parsed.text, tags, names, endedByItself);
    parsed.wellFormed = parsed.formatReason.empty();
    parsed.emptyThink = blocks.thinkClosed && isBlank(blocks.think->of(parsed.text));
    return parsed;
}

} // namespace ahascope::text
