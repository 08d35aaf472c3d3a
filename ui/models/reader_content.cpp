#include "ui/models/reader_content.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "core/analysis/language_mixing.h"
#include "core/analysis/reflections.h"
#include "core/config/toml.h"
#include "core/text/prompt_template.h"
#include "core/text/tokenizer.h"

namespace ahascope::ui {

namespace {

using Block = ReaderPiece::Block;

Block blockAt(const text::ParsedCompletion& parsed, std::size_t at)
{
    const bool hasAnswer = parsed.answer.has_value();
    if (parsed.think && at >= parsed.think->begin && at < parsed.think->end)
        return Block::Think;
    if (hasAnswer && at >= parsed.answer->begin && at < parsed.answer->end)
        return Block::Answer;
    if (hasAnswer && at >= parsed.answer->end)
        return Block::After;
    if (parsed.think && at >= parsed.think->end)
        return Block::Between;
    return Block::Before;
}

void addTags(const text::ParsedCompletion& parsed, const text::Tags& tags, std::vector<text::Span>& spans)
{
    for (const std::string* tag : {&tags.thinkOpen, &tags.thinkClose, &tags.answerOpen, &tags.answerClose})
        for (std::size_t at = tag->empty() ? std::string::npos : parsed.text.find(*tag); at != std::string::npos;
             at = parsed.text.find(*tag, at + tag->size()))
            spans.push_back({at, at + tag->size()});
}

// The tokenizer of the run's model: its folder, else the newest checkpoint.
std::shared_ptr<const text::Tokenizer> tokenizerOf(store::RunReader& reader)
{
    std::vector<std::filesystem::path> places;
    const std::vector<store::CheckpointInfo> checkpoints = reader.checkpoints();
    for (auto checkpoint = checkpoints.rbegin(); checkpoint != checkpoints.rend(); ++checkpoint)
        places.push_back(reader.folder() / checkpoint->path);
    std::vector<Problem> problems;
    const config::Experiment experiment
        = config::parseExperiment(reader.info().description.experiment, "experiment", reader.folder(), {}, problems);
    if (!experiment.model.path.empty())
        places.push_back(experiment.model.path);
    for (const std::filesystem::path& place : places)
        for (const char* inside : {"tokenizer.json", "model/tokenizer.json"})
            if (std::filesystem::exists(place / inside))
                return text::Tokenizer::fromFile(place / inside);
    throw InputError(
        {reader.folder().string(), "neither the model's folder nor a checkpoint with its tokenizer is there",
            "keep the model's folder where it was"});
}

std::vector<ReaderToken> tokensOf(
    const pipeline::Sample& sample, const std::shared_ptr<const text::Tokenizer>& tokenizer)
{
    std::vector<ReaderToken> tokens;
    text::StreamDecoder decoder(tokenizer);
    for (std::size_t k = 0; k < sample.ids.size(); ++k) {
        ReaderToken token{sample.ids[k], decoder.push(sample.ids[k]), 0, 0};
        if (k < sample.logProbs.size())
            token.logProb = sample.logProbs[k];
        if (k < sample.entropies.size())
            token.entropy = sample.entropies[k];
        tokens.push_back(std::move(token));
    }
    if (!tokens.empty())
        tokens.back().text += decoder.finish();
    return tokens;
}

} // namespace

std::vector<ReaderPiece> piecesOf(const pipeline::Sample& sample, const text::CompletionFormat& format,
    std::string& formatReason, std::string& mainLanguage)
{
    const text::ParsedCompletion parsed
        = text::parseCompletion(sample.completion, format, sample.finish == pipeline::FinishReason::Stop);
    formatReason = parsed.wellFormed ? std::string() : parsed.formatReason;
    const std::string_view chain = parsed.chain.of(parsed.text);
    std::vector<text::Span> tags;
    addTags(parsed, format.tags, tags);
    const std::vector<analysis::Reflection> reflections = analysis::findReflections(chain);
    const analysis::LanguageUse languages = analysis::languagesOf(chain);
    mainLanguage = languages.main;

    std::set<std::size_t> cuts{parsed.prefillBytes, parsed.text.size()};
    const auto cut = [&](std::size_t begin, std::size_t end) {
        cuts.insert(begin);
        cuts.insert(end);
    };
    for (const text::Span& tag : tags)
        cut(tag.begin, tag.end);
    for (const auto& block : {parsed.think, parsed.answer})
        if (block)
            cut(block->begin, block->end);
    for (const analysis::Reflection& reflection : reflections)
        cut(parsed.chain.begin + reflection.at.begin, parsed.chain.begin + reflection.at.end);
    for (const analysis::LanguageSpan& span : languages.spans)
        if (span.language != languages.main)
            cut(parsed.chain.begin + span.at.begin, parsed.chain.begin + span.at.end);

    std::vector<ReaderPiece> pieces;
    for (auto at = cuts.lower_bound(parsed.prefillBytes); at != cuts.end() && std::next(at) != cuts.end(); ++at) {
        ReaderPiece piece;
        piece.text = parsed.text.substr(*at, *std::next(at) - *at);
        piece.block = blockAt(parsed, *at);
        const auto holds = [&](const text::Span& span, std::size_t offset) {
            return *at >= offset + span.begin && *at < offset + span.end;
        };
        piece.tag = std::any_of(tags.begin(), tags.end(), [&](const text::Span& tag) { return holds(tag, 0); });
        for (const analysis::Reflection& reflection : reflections)
            if (holds(reflection.at, parsed.chain.begin))
                piece.reflection
                    = std::string(reflection.marker) + " (" + std::string(analysis::toString(reflection.kind)) + ")";
        for (const analysis::LanguageSpan& span : languages.spans)
            if (span.language != languages.main && holds(span.at, parsed.chain.begin))
                piece.language = span.language;
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

std::vector<ReaderPiece> withProbabilities(
    const std::vector<ReaderPiece>& pieces, const std::vector<ReaderToken>& tokens)
{
    std::vector<ReaderPiece> cut;
    std::size_t token = 0, used = 0; // bytes of that token
    for (const ReaderPiece& piece : pieces) {
        for (std::size_t at = 0; at < piece.text.size();) {
            while (token < tokens.size() && used == tokens[token].text.size()) {
                ++token;
                used = 0;
            }
            ReaderPiece part = piece;
            part.text = piece.text.substr(at);
            if (token < tokens.size()) {
                part.text.resize(std::min(part.text.size(), tokens[token].text.size() - used));
                used += part.text.size();
                char percent[32];
                std::snprintf(percent, sizeof percent, "%.1f %%", 100 * std::exp(tokens[token].logProb));
                part.note = percent;
            }
            at += part.text.size();
            cut.push_back(std::move(part));
        }
    }
    return cut;
}

ReaderContent readerContent(
    store::RunReader& reader, std::int64_t run, std::int64_t id, std::shared_ptr<const text::Tokenizer>& tokenizer)
{
    ReaderContent content;
    content.run = run;
    text::CompletionFormat format;
    const store::RunDescription description = reader.info().description;
    if (!description.templateText.empty())
        format = text::PromptTemplate::parse(description.templateText, "template").format();
    if (!tokenizer) {
        try {
            tokenizer = tokenizerOf(reader);
        } catch (const std::exception& error) {
            content.noTokens = error.what();
        }
    }
    for (store::SampleDetail& detail : reader.group(id)) {
        ReaderMember member;
        member.pieces = piecesOf(detail.sample, format, member.formatReason, member.mainLanguage);
        if (tokenizer)
            member.tokens = tokensOf(detail.sample, tokenizer);
        if (detail.row.id == id)
            content.chosen = content.members.size();
        member.detail = std::move(detail);
        content.members.push_back(std::move(member));
    }
    return content;
}

} // namespace ahascope::ui
