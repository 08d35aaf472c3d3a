#include "core/text/bpe_trainer.h"

#include <algorithm>
#include <queue>
#include <set>
#include <stdexcept>

#include "core/text/bpe_alphabet.h"
#include "core/text/unicode_nfc.h"
#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

constexpr const char* Qwen2PreTokenizer = R"({"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":)"
                                          R"("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|)"
                                          R"( ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},)"
                                          R"("behavior":"Isolated","invert":false},{"type":"ByteLevel",)"
                                          R"("add_prefix_space":false,"trim_offsets":true,"use_regex":false}]})";

TokenizerSpec qwen2Spec()
{
    TokenizerSpec spec;
    spec.normalizer = R"({"type":"NFC"})";
    spec.preTokenizer = Qwen2PreTokenizer;
    return spec;
}

using Pair = std::pair<std::int32_t, std::int32_t>;

struct PairHash {
    std::size_t operator()(const Pair& pair) const
    {
        const std::uint64_t key
            = static_cast<std::uint64_t>(pair.first) << 32 | static_cast<std::uint32_t>(pair.second);
        return static_cast<std::size_t>((key ^ key >> 31) * 0x9e3779b97f4a7c15u);
    }
};

struct Word {
    std::vector<std::int32_t> symbols;
    std::int64_t count = 0;
};

struct Candidate {
    std::int64_t count = 0;
    Pair pair;

    // Greater is merged first: the more frequent, then the smaller ids.
    bool operator<(const Candidate& other) const
    {
        return count != other.count ? count < other.count : other.pair < pair;
    }
};

// The state of one training: counts of neighbouring symbols over all words, kept up to date merge by merge.
class Learner {
public:
    Learner(TokenizerSpec& spec, std::vector<Word> words) : m_spec(spec), m_words(std::move(words))
    {
        for (std::size_t id = 0; id < spec.tokens.size(); ++id)
            m_ids.emplace(spec.tokens[id], static_cast<std::int32_t>(id));
        for (std::size_t w = 0; w < m_words.size(); ++w) {
            const auto& symbols = m_words[w].symbols;
            for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
                change({symbols[i], symbols[i + 1]}, m_words[w].count, w);
        }
        for (const auto& [pair, count] : m_counts)
            m_queue.push({count, pair});
        m_touched.clear();
    }

    void learn(std::int32_t vocabularySize, std::int64_t minimumCount)
    {
        while (static_cast<std::int32_t>(m_spec.tokens.size()) < vocabularySize && !m_queue.empty()) {
            Candidate top = m_queue.top();
            m_queue.pop();
            if (const std::int64_t count = m_counts[top.pair]; count != top.count) {
                m_queue.push({count, top.pair}); // its neighbours were merged since
                continue;
            }
            if (top.count < 1 || top.count < minimumCount)
                return;
            merge(top.pair);
        }
    }

private:
    void change(Pair pair, std::int64_t by, std::size_t word)
    {
        m_counts[pair] += by;
        if (by > 0) {
            m_places[pair].push_back(static_cast<std::uint32_t>(word));
            m_touched.push_back(pair);
        }
    }

    std::int32_t tokenFor(Pair pair)
    {
        const std::string bytes = m_spec.tokens[static_cast<std::size_t>(pair.first)]
            + m_spec.tokens[static_cast<std::size_t>(pair.second)];
        const auto [found, isNew] = m_ids.emplace(bytes, static_cast<std::int32_t>(m_spec.tokens.size()));
        if (isNew)
            m_spec.tokens.push_back(bytes);
        return found->second;
    }

    void merge(Pair pair)
    {
        const std::int32_t merged = tokenFor(pair);
        m_spec.merges.push_back({pair.first, pair.second, merged});
        std::vector<std::uint32_t> places = std::move(m_places[pair]);
        m_places.erase(pair);
        std::sort(places.begin(), places.end());
        places.erase(std::unique(places.begin(), places.end()), places.end());
        for (const std::uint32_t word : places)
            mergeIn(word, pair, merged);
        std::sort(m_touched.begin(), m_touched.end());
        m_touched.erase(std::unique(m_touched.begin(), m_touched.end()), m_touched.end());
        for (const Pair& touched : m_touched)
            m_queue.push({m_counts[touched], touched});
        m_touched.clear();
    }

    void mergeIn(std::size_t wordIndex, Pair pair, std::int32_t merged)
    {
        Word& word = m_words[wordIndex];
        std::vector<std::int32_t>& symbols = word.symbols;
        for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
            if (symbols[i] != pair.first || symbols[i + 1] != pair.second)
                continue;
            if (i > 0) {
                change({symbols[i - 1], pair.first}, -word.count, wordIndex);
                change({symbols[i - 1], merged}, word.count, wordIndex);
            }
            symbols[i] = merged;
            symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(i) + 1);
            if (i + 1 < symbols.size()) {
                change({pair.second, symbols[i + 1]}, -word.count, wordIndex);
                change({merged, symbols[i + 1]}, word.count, wordIndex);
            }
        }
    }

    TokenizerSpec& m_spec;
    std::vector<Word> m_words;
    std::unordered_map<std::string, std::int32_t> m_ids;
    std::unordered_map<Pair, std::int64_t, PairHash> m_counts;
    std::unordered_map<Pair, std::vector<std::uint32_t>, PairHash> m_places; // words where the pair may stand
    std::priority_queue<Candidate> m_queue;
    std::vector<Pair> m_touched; // pairs that became more frequent
};

// All 256 bytes in the order of their spelling, which is the order Hugging Face tokenizers gives them.
std::vector<std::string> spelledOrder()
{
    std::vector<std::string> bytes;
    for (int byte = 0; byte < 256; ++byte)
        bytes.emplace_back(1, static_cast<char>(byte));
    std::sort(bytes.begin(), bytes.end(),
        [](const std::string& a, const std::string& b) { return spelledBytes(a) < spelledBytes(b); });
    return bytes;
}

// Adds tokens behind the vocabulary, each once.
class AddedList {
public:
    explicit AddedList(TokenizerSpec& spec) : m_spec(spec) { }

    void add(const std::string& content, bool special, bool singleWord)
    {
        if (content.empty())
            throw std::invalid_argument("a word of the vocabulary is empty");
        // A single byte is a token already.
        if (content.size() == 1 || !m_seen.insert(content).second)
            return;
        AddedToken token;
        token.id = static_cast<std::int32_t>(m_spec.tokens.size() + m_spec.added.size());
        token.content = content;
        token.special = special;
        token.singleWord = singleWord;
        token.normalized = false;
        m_spec.added.push_back(std::move(token));
    }

private:
    TokenizerSpec& m_spec;
    std::set<std::string> m_seen;
};

} // namespace

BpeTrainer::BpeTrainer(BpeTrainerOptions options)
    : m_options(std::move(options))
    , m_pipeline(parsePipeline(qwen2Spec(), "qwen2"))
{
    if (static_cast<std::size_t>(std::max(m_options.vocabularySize, 0)) < 256 + m_options.specialTokens.size())
        throw std::invalid_argument("a byte-level vocabulary has at least 256 tokens and the special ones");
}

void BpeTrainer::add(std::string_view text)
{
    std::string whole = isUtf8(text) ? std::string(text) : repairedUtf8(text);
    if (std::optional<std::string> normal = nfc(whole))
        whole = std::move(*normal);
    SplitText split;
    splitText(m_pipeline.steps, whole, true, split);
    for (const TextSpan& word : split.words)
        ++m_words[split.text.substr(word.begin, word.end - word.begin)];
}

TokenizerSpec BpeTrainer::train() const
{
    TokenizerSpec spec = qwen2Spec();
    for (const std::string& special : m_options.specialTokens) {
        AddedToken token;
        token.id = static_cast<std::int32_t>(spec.tokens.size());
        token.content = special;
        token.special = true;
        token.normalized = false;
        spec.added.push_back(token);
        const std::optional<std::string> spelled = bytesOfSpelling(special);
        spec.literal.push_back(!spelled);
        spec.tokens.push_back(spelled.value_or(special));
    }
    const std::vector<std::string> bytes = spelledOrder();
    std::vector<std::int32_t> idOfByte(256);
    for (const std::string& byte : bytes) {
        idOfByte[static_cast<unsigned char>(byte[0])] = static_cast<std::int32_t>(spec.tokens.size());
        spec.tokens.push_back(byte);
    }
    std::vector<Word> words;
    for (const auto& [text, count] : m_words) {
        Word word{{}, count};
        for (const char c : text)
            word.symbols.push_back(idOfByte[static_cast<unsigned char>(c)]);
        words.push_back(std::move(word));
    }
    Learner(spec, std::move(words)).learn(m_options.vocabularySize, m_options.minimumCount);
    spec.literal.resize(spec.tokens.size());
    return spec;
}

TokenizerSpec wordTokenizer(const WordVocabulary& vocabulary)
{
    TokenizerSpec spec = qwen2Spec();
    for (int byte = 0; byte < 256; ++byte)
        spec.tokens.emplace_back(1, static_cast<char>(byte));
    spec.literal.resize(spec.tokens.size());
    AddedList added(spec);
    for (const std::string& special : vocabulary.specialTokens)
        added.add(special, true, false);
    for (std::int32_t number = 0; number < vocabulary.numbersBelow; ++number) {
        added.add(std::to_string(number), false, false);
        added.add(" " + std::to_string(number), false, false);
    }
    for (const std::string& word : vocabulary.words) {
        added.add(word, false, true);
        added.add(" " + word, false, false);
    }
    for (const std::string& piece : vocabulary.pieces)
        added.add(piece, false, false);
    return spec;
}

} // namespace ahascope::text
