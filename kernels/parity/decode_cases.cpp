// Decoding: the cache, attention over it, and a whole layer.
#include <cmath>

#include "kernels/parity/cases.h"
#include "kernels/parity/decode_scene.h"

namespace ahascope::kernels::parity {

namespace {

AttentionShape shapeOf(std::int64_t kvHeads, std::int64_t group, std::int64_t headDim, std::int64_t window = 0)
{
    return {.heads = kvHeads * group,
        .kvHeads = kvHeads,
        .headDim = headDim,
        .scale = 1.0f / std::sqrt(static_cast<float>(headDim)),
        .window = window};
}

void keepAttended(Desk& desk, const DecodeScene& scene, std::int64_t layer, const AttentionShape& shape)
{
    const std::int64_t width = shape.heads * shape.headDim;
    const Tensor out = desk.rowOutput(DecodeScene::slots, width);
    desk.backend().decodeAttention(
        out, desk.rowInput(DecodeScene::slots, width, 2.0f), *scene.cache, layer, scene.state, shape);
    desk.keep("layer " + std::to_string(layer), out);
}

void addCacheCases(Cases& cases)
{
    cases.addWeighted("storeKv", "nowhere and over what is there", [](Desk& desk) {
        const AttentionShape shape = shapeOf(2, 1, 16);
        const DecodeScene scene(desk, 2, shape);
        Ids destinations = desk.randomIds(33, scene.cache->shape().pages);
        for (std::size_t i = 0; i < destinations.size(); ++i) // one place in a page, or none
            destinations[i]
                = i % 3 == 0 ? -1 : static_cast<std::int32_t>(i) * KvShape::pageTokens + destinations[i] % 2;
        desk.backend().storeKv(
            *scene.cache, 1, desk.rowInput(33, 32, 2.0f), desk.rowInput(33, 32), desk.ids(destinations));
        for (const std::int64_t layer : {0, 1})
            keepAttended(desk, scene, layer, shape);
    });
    cases.add("beginDecodeStep", "slots that run and that do not", [](Desk& desk) {
        DecodeScene scene(desk, 1, shapeOf(1, 1, 16));
        for (const Tensor& written : {scene.state.ids, scene.state.positions, scene.state.destinations})
            desk.backend().fill(written, -7.0f);
        desk.backend().beginDecodeStep(scene.state, DecodeScene::slots - 1);
        desk.keep("ids", scene.state.ids);
        desk.keep("positions", scene.state.positions);
        desk.keep("destinations", scene.state.destinations);
    });
}

void addAttention(Cases& cases)
{
    const auto add = [&](std::int64_t kvHeads, std::int64_t group, std::int64_t headDim, std::int64_t window) {
        std::string variant = "head dim " + std::to_string(headDim) + ", groups of " + std::to_string(group);
        if (window > 0)
            variant += ", window " + std::to_string(window);
        cases.addWeighted("decodeAttention", variant, [=](Desk& desk) {
            const AttentionShape shape = shapeOf(kvHeads, group, headDim, window);
            keepAttended(desk, DecodeScene(desk, 2, shape), 1, shape);
        });
    };
    for (const std::int64_t headDim : {16, 64, 128})
        for (const std::int64_t group : {1, 3})
            add(2, group, headDim, 0);
    add(1, 7, 64, 0);
    for (const std::int64_t window : {1, 17, 64})
        add(2, 2, 64, window);
}

// The weights of one layer, with everything that some model has or without.
struct Layer {
    static constexpr std::int64_t channels = 64;
    static constexpr std::int64_t inner = 136;

    AttentionShape attention = shapeOf(2, 2, 16);
    Weight qkv, output, gateUp, down;
    DecoderLayer layer;

    // As large as a model's: what four products in a row round away must not outgrow the stream.
    static Weight weightOf(Desk& desk, std::int64_t out, std::int64_t in)
    {
        return desk.weight(out, in, desk.random(out * in, 1.0f / std::sqrt(static_cast<float>(in))));
    }

    Layer(Desk& desk, bool extras)
        : qkv(weightOf(desk, (attention.heads + 2 * attention.kvHeads) * attention.headDim, channels))
        , output(weightOf(desk, channels, attention.heads * attention.headDim))
        , gateUp(weightOf(desk, 2 * inner, channels))
        , down(weightOf(desk, channels, inner))
        , layer{.inputNorm = desk.input(1, channels),
              .qkv = qkv,
              .qkvBias = extras ? desk.input(1, qkv.value.rows) : Tensor{},
              .queryNorm = extras ? desk.input(1, attention.headDim) : Tensor{},
              .keyNorm = extras ? desk.input(1, attention.headDim) : Tensor{},
              .output = output,
              .outputBias = extras ? desk.input(1, channels) : Tensor{},
              .postNorm = desk.input(1, channels),
              .gateUp = gateUp,
              .down = down,
              .attention = attention}
    {
    }
};

void decodeOneLayer(Desk& desk, bool extras)
{
    const Layer layer(desk, extras);
    DecodeScene scene(desk, 2, layer.attention);
    const std::int64_t rows = DecodeScene::slots;
    const DecodeScratch scratch{.normed = desk.rowOutput(rows, Layer::channels),
        .qkv = desk.rowOutput(rows, layer.qkv.value.rows),
        .attended = desk.rowOutput(rows, layer.output.value.columns),
        .gateUp = desk.rowOutput(rows, 2 * Layer::inner),
        .activated = desk.rowOutput(rows, Layer::inner)};
    const Tensor ropeTable = desk.input(DecodeScene::positions, layer.attention.headDim);
    const Tensor x = desk.input(rows, Layer::channels);
    desk.backend().beginDecodeStep(scene.state, rows);
    desk.backend().decodeLayer(x, scratch, layer.layer, 1, *scene.cache, scene.state, ropeTable);
    desk.keep("x", x);
    keepAttended(desk, scene, 1, layer.attention); // the keys and values that it stored
}

void addLayers(Cases& cases)
{
    cases.addWeighted("decodeLayer", "plain", [](Desk& desk) { decodeOneLayer(desk, false); });
    cases.addWeighted("decodeLayer", "biases and normed heads", [](Desk& desk) { decodeOneLayer(desk, true); });
}

} // namespace

void addDecodeCases(Cases& cases)
{
    addCacheCases(cases);
    addAttention(cases);
    addLayers(cases);
}

} // namespace ahascope::kernels::parity
