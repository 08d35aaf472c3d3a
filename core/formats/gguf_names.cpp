#include "core/formats/gguf_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ahascope::formats {

namespace {

using Pair = std::pair<std::string_view, std::string_view>; // Hugging Face, GGUF

constexpr std::array Whole{
    Pair{"model.embed_tokens.weight", "token_embd.weight"},
    Pair{"model.norm.weight", "output_norm.weight"},
    Pair{"lm_head.weight", "output.weight"},
};

constexpr std::array Layer{
    Pair{"input_layernorm", "attn_norm"},
    Pair{"self_attn.q_proj", "attn_q"},
    Pair{"self_attn.k_proj", "attn_k"},
    Pair{"self_attn.v_proj", "attn_v"},
    Pair{"self_attn.o_proj", "attn_output"},
    Pair{"self_attn.q_norm", "attn_q_norm"},
    Pair{"self_attn.k_norm", "attn_k_norm"},
    Pair{"post_attention_layernorm", "ffn_norm"},
    Pair{"mlp.gate_proj", "ffn_gate"},
    Pair{"mlp.up_proj", "ffn_up"},
    Pair{"mlp.down_proj", "ffn_down"},
};

constexpr Pair LayerPrefix{"model.layers.", "blk."};

std::string_view sideOf(const Pair& pair, bool gguf)
{
    return gguf ? pair.second : pair.first;
}

// `from` and `to` are sides of the pairs.
std::string translated(std::string_view name, bool fromGguf)
{
    for (const Pair& pair : Whole) {
        if (name == sideOf(pair, fromGguf))
            return std::string(sideOf(pair, !fromGguf));
    }
    const std::string_view prefix = sideOf(LayerPrefix, fromGguf);
    const std::size_t dot = name.find('.', prefix.size());
    const std::size_t last = name.rfind('.');
    if (!name.starts_with(prefix) || dot == std::string_view::npos || last <= dot)
        return {};
    const std::string_view index = name.substr(prefix.size(), dot - prefix.size());
    const std::string_view ending = name.substr(last); // ".weight", ".bias"
    const std::string_view middle = name.substr(dot + 1, last - dot - 1);
    if (index.empty() || !std::all_of(index.begin(), index.end(), [](char c) { return c >= '0' && c <= '9'; })
        || (ending != ".weight" && ending != ".bias"))
        return {};
    for (const Pair& pair : Layer) {
        if (middle == sideOf(pair, fromGguf))
            return std::string(sideOf(LayerPrefix, !fromGguf)) + std::string(index) + "."
                + std::string(sideOf(pair, !fromGguf)) + std::string(ending);
    }
    return {};
}

} // namespace

std::string ggufTensorName(std::string_view huggingFaceName)
{
    return translated(huggingFaceName, false);
}

std::string huggingFaceTensorName(std::string_view ggufName)
{
    return translated(ggufName, true);
}

bool hasPairedRows(std::string_view architecture, std::string_view huggingFaceName)
{
    return architecture == "llama"
        && (huggingFaceName.ends_with("self_attn.q_proj.weight")
            || huggingFaceName.ends_with("self_attn.k_proj.weight"));
}

} // namespace ahascope::formats
