#include <gmock/gmock.h>

#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {
namespace {

TEST(BackendMemory, IsZeroedAlignedAndCounted)
{
    const auto backend = makeCpuBackend({.threads = 1});
    const std::size_t before = backend->bytesInUse();
    for (std::size_t bytes : {std::size_t(1), std::size_t(100), std::size_t(5) << 20}) {
        const Buffer buffer = backend->allocate(bytes);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.get()) % 64, 0u);
        for (std::size_t i = 0; i < bytes; i += 97)
            ASSERT_EQ(buffer[i], std::byte{0});
        EXPECT_EQ(backend->bytesInUse(), before + bytes);
    }
    EXPECT_EQ(backend->bytesInUse(), before);
    EXPECT_EQ(backend->peakBytes(), before + (std::size_t(5) << 20));
    backend->resetPeak();
    EXPECT_EQ(backend->peakBytes(), before);
}

TEST(BackendMemory, TooLargeARequestIsOutOfMemoryAndChangesNothing)
{
    const auto backend = makeCpuBackend({.threads = 1});
    EXPECT_THROW(backend->allocate(std::size_t(1) << 60), OutOfMemory);
    EXPECT_THROW(backend->allocate(~std::size_t(0)), OutOfMemory);
    EXPECT_EQ(backend->bytesInUse(), 0u);
    EXPECT_NE(backend->allocate(64), nullptr);
}

TEST(BackendMemory, RowsThatStandApartTravelWithoutTheirGaps)
{
    Desk d({.threads = 1});
    const Tensor all = d.tensor(3, 4, Values(12, 9.0));
    const Tensor inner = all.rowRange(1, 2).columnRange(1, 2);
    const std::vector<float> values = {1, 2, 3, 4};
    d.backend().upload(inner, values.data());
    EXPECT_EQ(d.read(all), (std::vector<float>{9, 9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9}));
    EXPECT_EQ(d.read(inner), values);
    d.backend().copy(all.rowRange(0, 2).columnRange(0, 2), inner);
    EXPECT_EQ(d.read(all), (std::vector<float>{1, 2, 9, 9, 3, 4, 2, 9, 9, 3, 4, 9}));
    d.backend().fill(all.columnRange(3, 1), -1.0f);
    EXPECT_EQ(d.read(all), (std::vector<float>{1, 2, 9, -1, 3, 4, 2, -1, 9, 3, 4, -1}));
}

TEST(BackendMemory, FillWritesWholeNumbersToo)
{
    Desk d({.threads = 1});
    const Tensor ids = d.ids({5, 6, 7});
    d.backend().fill(ids, -1.0f);
    std::int32_t values[3] = {};
    d.backend().download(values, ids);
    for (std::int32_t value : values)
        EXPECT_EQ(value, -1);
}

TEST(Arena, MeasuresThenHandsOutAlignedParts)
{
    const auto layOut = [](Arena& arena) {
        return std::vector<Tensor>{
            arena.take(DType::F32, 3, 5), arena.take(DType::I32, 1, 1), arena.take(DType::BF16, 7, 9)};
    };
    Arena measure;
    for (const Tensor& tensor : layOut(measure))
        EXPECT_EQ(tensor.data, nullptr);
    EXPECT_EQ(measure.bytesTaken(), 64u + 64u + 128u);

    const auto backend = makeCpuBackend({.threads = 1});
    Arena arena(*backend, measure.bytesTaken());
    const std::vector<Tensor> parts = layOut(arena);
    EXPECT_EQ(parts[1].data, parts[0].data + 64);
    EXPECT_EQ(parts[2].data, parts[1].data + 64);
    EXPECT_EQ(parts[0].stride, 5);
    EXPECT_THROW(arena.take(DType::F32, 1, 1), std::logic_error);
    EXPECT_EQ(arena.take(DType::F32, 0, 4).count(), 0);
}

TEST(DecodeStateMemory, LaysEverythingOutInOneBuffer)
{
    const auto backend = makeCpuBackend({.threads = 1});
    const DecodeShape shape{.slots = 5, .prefixPages = 2, .ownPages = 3, .tokensPerChunk = 4, .endTokens = 1};
    const DecodeState state = backend->makeDecodeState(shape);
    EXPECT_EQ(state.shape, shape);
    EXPECT_EQ(backend->totals().at("allocate").calls, 1u);
    EXPECT_EQ(state.ownTable.rows, 5);
    EXPECT_EQ(state.ownTable.columns, 3);
    EXPECT_EQ(state.outTokens.rows, 4);
    EXPECT_EQ(state.outTokens.columns, 5);
    EXPECT_EQ(state.key.dtype, DType::U32);
    for (std::int64_t i = 0; i < 5; ++i)
        EXPECT_EQ(state.remaining.i32()[i], 0); // no slot runs
    EXPECT_EQ(state.token.data, state.memory.get());
}

TEST(FaultHook, StopsAnOperationBeforeItBegins)
{
    Desk d({.threads = 1});
    const Tensor out = d.tensor(1, 2, {1, 2});
    const Tensor x = d.tensor(1, 2, {10, 20});
    std::vector<std::string> seen;
    d.backend().setFaultHook([&](std::string_view name) {
        seen.emplace_back(name);
        if (seen.size() == 2)
            throw DeviceError("lost");
    });
    d.backend().add(out, x);
    EXPECT_THROW(d.backend().add(out, x), DeviceError);
    EXPECT_EQ(seen, (std::vector<std::string>{"add", "add"}));
    d.backend().setFaultHook({});
    EXPECT_EQ(d.read(out), (std::vector<float>{11, 22}));
}

TEST(FaultHook, ReachesTheOperationsInsideAComposite)
{
    Desk d({.threads = 1});
    const Weight gateUp = d.weight(4, 3, Values(12, 0.1));
    const Weight down = d.weight(3, 2, Values(6, 0.1));
    bool sawComposite = false;
    d.backend().setFaultHook([&](std::string_view name) {
        sawComposite |= name == "gatedMlp";
        if (name == "gatedMlp")
            throw OutOfMemory("none left");
    });
    const Tensor x = d.tensor(1, 3, {1, 2, 3});
    EXPECT_THROW(d.backend().gatedMlp(x, d.poisoned(1, 4), d.poisoned(1, 2), x, gateUp, down), OutOfMemory);
    EXPECT_TRUE(sawComposite);
}

TEST(Trace, CountsCallsCostAndTime)
{
    Desk d({.threads = 1});
    const Weight weight = d.weight(6, 5, Values(30, 1.0));
    const Tensor x = d.tensor(4, 5, Values(20, 1.0));
    const Tensor out = d.poisoned(4, 6);
    d.backend().clearTotals();
    d.backend().linear(out, x, weight, {});
    d.backend().linear(out, x, weight, {});
    const OpTotals untimed = d.backend().totals().at("linear");
    EXPECT_EQ(untimed.calls, 2u);
    EXPECT_EQ(untimed.cost.flops, 2 * 2.0 * 4 * 5 * 6);
    EXPECT_EQ(untimed.cost.bytes, 2 * 4.0 * (4 * 6 + 4 * 5 + 5 * 6));
    EXPECT_EQ(untimed.seconds, 0.0);
    d.backend().setTracing(true);
    d.backend().linear(out, x, weight, {});
    EXPECT_GT(d.backend().totals().at("linear").seconds, 0.0);
}

TEST(Trace, ACompositeAddsOnlyWhatItsPartsDoNotCount)
{
    Desk d({.threads = 1});
    const std::int64_t rows = 3;
    const Weight gateUp = d.weight(8, 5, Values(40, 0.1));
    const Weight down = d.weight(5, 4, Values(20, 0.1));
    const Tensor normed = d.tensor(rows, 5, Values(15, 1.0));
    d.backend().clearTotals();
    d.backend().gatedMlp(
        d.tensor(rows, 5, Values(15, 0.0)), d.poisoned(rows, 8), d.poisoned(rows, 4), normed, gateUp, down);
    double flops = 0;
    for (const auto& [name, totals] : d.backend().totals())
        flops += totals.cost.flops;
    EXPECT_NEAR(flops, 2.0 * rows * (40 + 20), 0.25 * flops); // the products, and little for the gate
    EXPECT_GE(flops, 2.0 * rows * (40 + 20));
}

TEST(Replay, RunsTheFunctionEachTime)
{
    const auto backend = makeCpuBackend({.threads = 1});
    int calls = 0;
    backend->replay(7, [&] { ++calls; });
    backend->replay(7, [&] { ++calls; });
    EXPECT_EQ(calls, 2);
}

std::string messageOf(const std::function<void()>& call)
{
    try {
        call();
    } catch (const std::logic_error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

TEST(Shapes, AMismatchNamesTheOperandAndThePlace)
{
    Desk d({.threads = 1});
    Weight weight = d.weight(6, 5, Values(30, 1.0));
    const Tensor x = d.tensor(4, 5, Values(20, 1.0));
    const Tensor out = d.poisoned(4, 6);
    EXPECT_THAT(messageOf([&] { d.backend().linear(out, x.columnRange(0, 4), weight, {}); }),
        ::testing::AllOf(::testing::HasSubstr("linear: x"), ::testing::HasSubstr("backend_operations.cpp")));
    EXPECT_THAT(
        messageOf([&] { d.backend().linear(out.rowRange(0, 3), x, weight, {}); }), ::testing::HasSubstr("linear: out"));
    EXPECT_THAT(
        messageOf([&] { d.backend().linear(out, x, weight, x.rowRange(0, 1)); }), ::testing::HasSubstr("linear: bias"));
    EXPECT_THAT(messageOf([&] {
        Weight unprepared;
        unprepared.value = weight.value;
        d.backend().linear(out, x, unprepared, {});
    }),
        ::testing::HasSubstr("not prepared"));
    weight.gradient = x;
    EXPECT_THAT(
        messageOf([&] { d.backend().linearBackwardWeight(weight, {}, out, x); }), ::testing::HasSubstr("gradient"));
    EXPECT_THAT(messageOf([&] {
        d.backend().embedding(out, x, d.ids({0, 1, 2}));
    }),
        ::testing::HasSubstr("embedding: ids"));
    EXPECT_THAT(messageOf([&] {
        d.backend().rope(x, d.ids({0, 0, 0, 0}), x, {.headDim = 3});
    }),
        ::testing::HasSubstr("rope: headDim"));
    EXPECT_THAT(messageOf([&] { d.backend().swiglu(out, x); }), ::testing::HasSubstr("swiglu: gateUp"));
    EXPECT_THAT(messageOf([&] { d.backend().add(out, x); }), ::testing::HasSubstr("add: x"));
    EXPECT_THAT(messageOf([&] { d.backend().rmsNorm(x, out.rowRange(0, 1), x, x.rowRange(0, 1), 1e-6f); }),
        ::testing::HasSubstr("rmsNorm: rstd"));
}

TEST(CpuBackend, NamesInstructionSetAndThreads)
{
    EXPECT_EQ(makeCpuBackend({1, InstructionSet::Baseline})->name(), "cpu (baseline, 1 thread)");
    EXPECT_EQ(makeCpuBackend({3, InstructionSet::Baseline})->name(), "cpu (baseline, 3 threads)");
    EXPECT_TRUE(makeCpuBackend()->computes());
}

TEST(CpuBackend, RefusesAnInstructionSetThatTheProcessorLacks)
{
    if (detectInstructionSet() == InstructionSet::Avx512)
        GTEST_SKIP() << "this processor has every set";
    EXPECT_THROW(makeCpuBackend({1, InstructionSet::Avx512}), std::logic_error);
}

} // namespace
} // namespace ahascope::kernels
