// Drives a fuzz target without libFuzzer: every file of the corpus, then mutations of them from a fixed seed for some
// seconds, so that the ordinary tests under sanitizers look into the parsers too. Usage: <target> SECONDS
// CORPUS_FOLDER...
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& input)
{
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::vector<std::string> corpusOf(int argc, char** argv)
{
    std::vector<std::string> corpus{""};
    for (int i = 2; i < argc; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream in(entry.path(), std::ios::binary);
            corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
        }
    }
    return corpus;
}

// A few random edits: bytes set, erased, inserted or repeated, and the tail of another input.
std::string mutated(std::string input, const std::vector<std::string>& corpus, std::mt19937_64& random)
{
    auto below = [&](std::size_t count) { return count == 0 ? 0 : random() % count; };
    for (std::size_t edits = 1 + below(8); edits > 0; --edits) {
        std::size_t at = below(input.size() + 1);
        switch (below(5)) {
        case 0:
            if (at < input.size())
                input[at] = static_cast<char>(random());
            break;
        case 1:
            input.erase(at, below(16));
            break;
        case 2:
            input.insert(at, 1 + below(16), static_cast<char>(random()));
            break;
        case 3:
            input.insert(at, input.substr(below(input.size() + 1), below(64)));
            break;
        default: {
            const std::string& other = corpus[below(corpus.size())];
            input = input.substr(0, at) + other.substr(below(other.size() + 1));
        }
        }
    }
    return input.substr(0, 1 << 16);
}

} // namespace

int main(int argc, char** argv)
{
    double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
    std::vector<std::string> corpus = corpusOf(argc, argv);
    for (const std::string& input : corpus)
        run(input);
    std::mt19937_64 random(1);
    auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    long executions = static_cast<long>(corpus.size());
    for (; std::chrono::steady_clock::now() < end; ++executions)
        run(mutated(corpus[random() % corpus.size()], corpus, random));
    std::printf("%ld executions\n", executions);
}
