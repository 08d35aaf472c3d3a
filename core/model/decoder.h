// Forward and backward pass of a decoder-only transformer over a packed batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/model/packed_batch.h"
#include "core/model/parameters.h"
#include "kernels/backend.h"

namespace ahascope::model {

// The largest batch, known before the run, so that nothing is allocated while it goes on.
struct DecoderCapacity {
    std::int64_t tokens = 0;    // T: rows of one pass
    std::int64_t outputs = 0;   // N: predicted tokens of one pass; 0 for prefill only
    std::int64_t positions = 0; // longest sequence, prompt included; at most config.contextLength()
    bool training = false;      // keep every layer's activations, for backward()
    // Of a training decoder: keep only what enters each layer, and compute the layer again in backward(). The same bits
    // (Chen et al. 2016, arXiv 1604.06174).
    bool checkpointing = false;
    // Of everything but the residual stream, which is F32: the backend's rowType() for the weights.
    kernels::DType rows = kernels::DType::F32;
};

// Where a prefill pass leaves keys and values: row t goes to place destinations[t] (page * pageTokens + offset), -1 =
// nowhere. destinations has one entry per row of the batch.
struct KvSink {
    kernels::KvCache* cache = nullptr;
    std::span<const std::int32_t> destinations;
};

class Decoder {
public:
    Decoder(kernels::Backend& backend, const ModelConfig& config, DecoderCapacity capacity);

    const DecoderCapacity& capacity() const { return m_capacity; }

    // Runs the layers over the batch. Throws std::logic_error when the batch is larger than the capacity.
    void forward(const Parameters& parameters, const PackedBatch& batch, KvSink sink = {});
    // After forward(): for each output the natural log of its target's probability under softmax(z / temperature), and
    // the entropy of that distribution in nats. Waits. Spans hold N values; entropies may be empty.
    void logProbs(
        const Parameters& parameters, float temperature, std::span<float> logProbs, std::span<float> entropies);
    // After forward() and logProbs() of a training decoder: adds to the gradients of the parameters that the forward
    // pass used. dEntropies may be empty (zero). Uses up the activations.
    void backward(Parameters& parameters, std::span<const float> dLogProbs, std::span<const float> dEntropies);

    // After forward(): the normed last hidden states, [T, C].
    kernels::Tensor hidden() const { return m_hidden.rowRange(0, m_rows); }
    // Cosines and sines of the rotary embedding, [positions, headDim].
    kernels::Tensor ropeTable() const { return m_rope; }

private:
    // Activations of one layer that the backward pass reads; without training all layers share one, with checkpointing
    // all but x.
    struct Room {
        kernels::Tensor x;           // [T, C] residual stream at the layer's start
        kernels::Tensor rstdInput;   // [1, T]
        kernels::Tensor normedInput; // [T, C]
        kernels::Tensor qkv;         // [T, Q + 2*KV]
        kernels::Tensor rstdHeads;   // [1, T*(H + K)], only with QK-norm
        kernels::Tensor
            rotated; // [T, Q + KV], queries and keys as attention sees them; in qkv unless backward needs both
        kernels::Tensor attended;   // [T, Q]
        kernels::Tensor lse;        // [T, H]
        kernels::Tensor middle;     // [T, C] residual stream between attention and MLP
        kernels::Tensor rstdPost;   // [1, T]
        kernels::Tensor normedPost; // [T, C]
        kernels::Tensor gateUp;     // [T, 2*I]
        kernels::Tensor activated;  // [T, I]
    };
    void takeAll(kernels::Arena& arena);
    Room takeRoom(kernels::Arena& arena) const;
    void takeGradients(kernels::Arena& arena);
    Room roomOf(std::int64_t layer) const;            // cut to the rows of the batch
    kernels::Tensor lastOf(std::int64_t layer) const; // where a layer leaves the residual stream
    kernels::Segments segmentsOf(std::int64_t layer) const;
    bool keepsRooms() const { return m_capacity.training && !m_capacity.checkpointing; }
    void uploadBatch(const PackedBatch& batch, const KvSink& sink);
    void forwardLayer(const LayerParameters& layer, std::int64_t index, const KvSink& sink);
    void backwardLayer(LayerParameters& layer, std::int64_t index, kernels::Tensor dx);

    kernels::Backend& m_backend;
    ModelConfig m_config;
    DecoderCapacity m_capacity;
    kernels::Arena m_arena;

    std::vector<Room> m_rooms;                                          // one per layer, or one
    std::vector<kernels::Tensor> m_inputs;                              // x of each layer, with checkpointing
    kernels::Tensor m_rope;                                             // [positions, D]
    kernels::Tensor m_last;                                             // [T, C] residual stream after the last layer
    kernels::Tensor m_rstdLast;                                         // [1, T]
    kernels::Tensor m_hidden;                                           // [T, C]
    kernels::Tensor m_outputHidden;                                     // [N, C]
    kernels::Tensor m_logProbs, m_entropies, m_lse;                     // [1, N]
    kernels::Tensor m_dLogProbs, m_dEntropies;                          // [1, N]
    kernels::Tensor m_dOutputHidden;                                    // [N, C]
    kernels::Tensor m_dx, m_dNormed, m_dAttended, m_dQkv, m_dActivated; // gradients of one layer's tensors, [T, ..]
    kernels::Tensor m_dRotated;                                         // [T, Q + KV]; in m_dQkv without QK-norm
    kernels::Tensor m_ids, m_positions, m_destinations;                 // I32 [1, T]
    kernels::Tensor m_segmentTable;                                     // I32 [T, 4]
    kernels::Tensor m_outputRows, m_targets;                            // I32 [1, N]

    // The batch of the last forward().
    std::int64_t m_rows = 0;
    std::int64_t m_outputs = 0;
    float m_temperature = 1.0f;
    kernels::Segments m_segments;
    std::int64_t m_windowPairs = 0; // query-key pairs of a layer with a window
};

// What attention needs to know of a layer.
kernels::AttentionShape attentionShape(const ModelConfig& config, std::int64_t layer);

} // namespace ahascope::model
