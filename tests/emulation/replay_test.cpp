// Recording and replaying, and memory that runs out.
#include "cuda_runtime.h"
#include "kernels/cuda/cuda_backend.h"
#include "tests/emulation/two_sides.h"

namespace ahascope::kernels {
namespace {

TEST(Replay, RunsTheFirstTimeRecordsTheSecondAndThenCallsNothing)
{
    Desk desk(std::make_unique<CudaBackend>(0));
    const Tensor x = desk.tensor(1, 4, {1, 2, 3, 4});
    int calls = 0;
    for (int i = 0; i < 4; ++i)
        desk.backend().replay(7, [&] {
            ++calls;
            desk.backend().scale(x, 2.0f);
        });
    EXPECT_EQ(calls, 2);
    expectSame(desk.read(x), {16, 32, 48, 64}, "scaled four times");
}

TEST(Replay, SeesWeightsThatChangedInPlace)
{
    for (const bool half : {false, true}) {
        Side side(std::make_unique<CudaBackend>(0), half);
        Backend& backend = side.backend();
        Weight weight = side.weight(3, 2, {1, 0, 0, 1, 1, 1});
        const Tensor x = side.rows(1, 2, {3, 5});
        const Tensor out = side.poisonedRows(1, 3);
        const auto run = [&] { backend.replay(1, [&] { backend.linear(out, x, weight, {}); }); };
        for (int i = 0; i < 3; ++i)
            run();
        expectSame(side.read(out), {3, 5, 8}, "before");
        Weight changed = side.weight(3, 2, {2, 0, 0, 2, 2, 2});
        backend.copy(weight.value, changed.value);
        Weight* const weights[] = {&weight};
        backend.commit(weights);
        run();
        expectSame(side.read(out), {6, 10, 16}, "after");
    }
}

TEST(Replay, MakesRecordingsAnewWhenScratchMemoryMoves)
{
    Desk desk(std::make_unique<CudaBackend>(0));
    Backend& backend = desk.backend();
    const Tensor x = desk.tensor(2, 8, RandomValues(1).floats(16));
    const Tensor weight = desk.tensor(1, 8, Values(8, 1.0));
    const Tensor dweight = desk.tensor(1, 8, Values(8, 0.0));
    const Tensor rstd = desk.poisoned(1, 2);
    const Tensor out = desk.poisoned(2, 8);
    const auto run = [&] {
        backend.replay(1, [&] {
            backend.rmsNorm(out, rstd, x, weight, 1e-6f);
            backend.rmsNormBackward(out, dweight, x, x, weight, rstd);
        });
    };
    for (int i = 0; i < 3; ++i)
        run();
    const std::vector<float> third = desk.read(dweight);
    const std::int64_t many = 4096;
    backend.rmsNormBackward(desk.tensor(2, many, Values(2 * many, 0.0)), desk.tensor(1, many, Values(many, 0.0)),
        desk.tensor(2, many, Values(2 * many, 1.0)), desk.tensor(2, many, Values(2 * many, 1.0)),
        desk.tensor(1, many, Values(many, 1.0)), rstd);
    run();
    for (std::size_t i = 0; i < third.size(); ++i)
        EXPECT_NEAR(desk.read(dweight)[i], third[i] / 3 * 4, 1e-5);
}

TEST(Replay, ARefusedLaunchLeavesTheBackendUsable)
{
    Desk desk(std::make_unique<CudaBackend>(0));
    Backend& backend = desk.backend();
    const Tensor x = desk.tensor(1, 4, {1, 2, 3, 4});
    backend.replay(1, [&] { backend.scale(x, 2.0f); });
    EXPECT_THROW(backend.replay(1, [] { throw OutOfMemory("no more"); }), OutOfMemory);
    backend.scale(x, 2.0f);
    expectSame(desk.read(x), {4, 8, 12, 16}, "scaled twice");
}

TEST(DeviceMemory, RunsOutWithAnExceptionAndIsGivenBack)
{
    CudaBackend backend(0);
    emulation::setMemory(1 << 20);
    EXPECT_THROW(backend.allocate(2 << 20), OutOfMemory);
    EXPECT_THROW(backend.allocate(~std::size_t{0}), OutOfMemory);
    for (int i = 0; i < 8; ++i) {
        const Buffer buffer = backend.allocate(700 << 10);
        EXPECT_EQ(backend.bytesInUse(), std::size_t(700) << 10);
    }
    emulation::setMemory(std::size_t(64) << 30);
    EXPECT_EQ(backend.bytesInUse(), 0u);
}

} // namespace
} // namespace ahascope::kernels
