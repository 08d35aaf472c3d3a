#include <gmock/gmock.h>

#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {
namespace {

TEST(PlanBackend, GivesDistinctAddressesAndCountsThem)
{
    const auto plan = makePlanBackend();
    EXPECT_FALSE(plan->computes());
    const Buffer a = plan->allocate(100);
    const Buffer b = plan->allocate(std::size_t(1) << 40);
    const Buffer c = plan->allocate(1);
    EXPECT_GE(b.get(), a.get() + 100);
    EXPECT_GE(c.get(), b.get() + (std::size_t(1) << 40));
    EXPECT_EQ(plan->bytesInUse(), 100 + (std::size_t(1) << 40) + 1);
}

TEST(PlanBackend, RefusesWhatIsBeyondTheBudget)
{
    const auto plan = makePlanBackend(1000);
    Buffer first = plan->allocate(600);
    EXPECT_THROW(plan->allocate(401), OutOfMemory);
    EXPECT_THROW(plan->allocate(~std::size_t(0)), OutOfMemory);
    const Buffer rest = plan->allocate(400);
    first.reset();
    EXPECT_NE(plan->allocate(600), nullptr);
    EXPECT_EQ(plan->peakBytes(), 1000u);
}

// Everything that a small step of inference and training asks for.
std::map<std::string_view, OpTotals> runSome(Backend& backend)
{
    Arena measure;
    const auto layOut = [](Arena& arena) {
        return std::vector<Tensor>{arena.take(DType::F32, 12, 8), arena.take(DType::F32, 12, 8),
            arena.take(DType::F32, 4, 8), arena.take(DType::F32, 4, 12), arena.take(DType::I32, 1, 4),
            arena.take(DType::F32, 1, 8), arena.take(DType::F32, 1, 1)};
    };
    layOut(measure);
    Arena arena(backend, measure.bytesTaken());
    const std::vector<Tensor> t = layOut(arena);
    Weight weight;
    weight.value = t[0];
    weight.gradient = t[1];
    backend.prepare(weight);
    const auto cache = backend.makeKvCache({.layers = 1, .kvHeads = 1, .headDim = 4, .pages = 2});
    backend.clearTotals();
    const float value = 1.0f;
    backend.upload(t[6], &value);
    backend.embedding(t[2], t[0], t[4]);
    backend.rmsNorm(t[2], {}, t[2], t[5], 1e-6f);
    backend.linear(t[3], t[2], weight, {});
    backend.linearBackwardInput(t[2], t[3], weight);
    backend.linearBackwardWeight(weight, {}, t[3], t[2]);
    backend.storeKv(*cache, 0, t[3].columnRange(0, 4), t[3].columnRange(4, 4), t[4]);
    backend.sumOfSquares(t[6], t[1]);
    backend.adamW(t[5], t[5], t[5], t[5], t[6], {});
    Weight* const weights[] = {&weight};
    backend.commit(weights);
    return backend.totals();
}

TEST(PlanBackend, CountsWhatTheProcessorCounts)
{
    const auto plan = makePlanBackend();
    const auto cpu = makeCpuBackend({.threads = 1});
    const auto planned = runSome(*plan);
    auto done = runSome(*cpu);
    done.erase("allocate"); // the processor's scratch memory
    ASSERT_EQ(planned.size(), done.size());
    for (const auto& [name, totals] : done) {
        EXPECT_EQ(planned.at(name).calls, totals.calls) << name;
        EXPECT_EQ(planned.at(name).cost.flops, totals.cost.flops) << name;
        EXPECT_EQ(planned.at(name).cost.bytes, totals.cost.bytes) << name;
    }
}

TEST(PlanBackend, TakesAsMuchMemoryAsTheProcessor)
{
    const auto plan = makePlanBackend();
    const auto cpu = makeCpuBackend({.threads = 1});
    for (Backend* backend : {plan.get(), cpu.get()}) {
        const Buffer memory = backend->allocate(2 * 70 * 33 * sizeof(float));
        Weight weights[2];
        for (const DType type : {DType::F32, DType::BF16}) {
            Weight& weight = weights[type == DType::BF16];
            weight.value = {memory.get(), type, 70, 33, 33};
            weight.gradient = {memory.get() + 70 * 33 * sizeof(float), DType::F32, 70, 33, 33};
            backend->prepare(weight);
        }
        const auto cache = backend->makeKvCache({.layers = 2, .kvHeads = 3, .headDim = 20, .pages = 5});
        const DecodeState state = backend->makeDecodeState({.slots = 3, .ownPages = 2, .tokensPerChunk = 2});
    }
    EXPECT_EQ(plan->peakBytes(), cpu->peakBytes());
}

TEST(PlanBackend, LeavesTheHostsMemoryAsItIs)
{
    const auto plan = makePlanBackend();
    const Buffer memory = plan->allocate(8);
    const Tensor tensor{memory.get(), DType::F32, 1, 2, 2};
    float values[2] = {3.0f, 4.0f};
    plan->upload(tensor, values);
    plan->fill(tensor, 0.0f);
    plan->download(values, tensor);
    EXPECT_THAT(values, ::testing::ElementsAre(3.0f, 4.0f));
}

TEST(PlanBackend, ChecksShapesLikeAnyOther)
{
    const auto plan = makePlanBackend();
    const Buffer memory = plan->allocate(64);
    const Tensor tensor{memory.get(), DType::F32, 1, 2, 2};
    EXPECT_THROW(plan->add(tensor, tensor.columnRange(0, 1)), std::logic_error);
}

} // namespace
} // namespace ahascope::kernels
