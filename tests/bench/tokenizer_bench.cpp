// Speed of encoding. Usage: tokenizer_bench TOKENIZER.json TEXTS [ROUNDS]: the texts of a file, which end with a zero
// byte each, one after another on one thread. Prints one line of JSON: seconds of every round, bytes, ids.
// tests/bench/peers/tokenizer_peer.py runs it in turns with Hugging Face tokenizers.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/text/tokenizer.h"

int main(int argc, char** argv)
{
    using Clock = std::chrono::steady_clock;
    if (argc < 3)
        return 2;
    const auto tokenizer = ahascope::text::Tokenizer::fromFile(argv[1]);
    std::ifstream in(argv[2], std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    std::vector<std::string_view> texts;
    for (std::size_t at = 0; at < all.size(); at += texts.back().size() + 1)
        texts.emplace_back(all.c_str() + at);
    std::printf("{\"seconds\": [");
    std::size_t ids = 0;
    for (int round = 0, rounds = argc > 3 ? std::atoi(argv[3]) : 5; round < rounds; ++round) {
        ids = 0;
        const auto begin = Clock::now();
        for (const std::string_view text : texts)
            ids += tokenizer->encode(text).size();
        std::printf("%s%.6f", round == 0 ? "" : ", ", std::chrono::duration<double>(Clock::now() - begin).count());
    }
    std::printf("], \"bytes\": %zu, \"ids\": %zu}\n", all.size() - texts.size(), ids);
}
