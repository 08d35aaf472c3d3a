// Memory: zeroed when it is new, and rows that stand apart travel without what lies between them.
#include "kernels/parity/cases.h"

namespace ahascope::kernels::parity {

namespace {

constexpr std::int64_t gap = 3;

// Fives whose inner 4 x 7 values are what the case works on.
Tensor frame(Desk& desk)
{
    return desk.tensor(6, 10, Floats(60, 5.0f), gap);
}

Tensor innerOf(const Tensor& frame)
{
    return frame.rowRange(1, 4).columnRange(2, 7);
}

} // namespace

void addMemoryCases(Cases& cases)
{
    cases.add("allocate", "zeroed, small and large", [](Desk& desk) {
        for (const std::int64_t count : {1, 129, 1 << 20})
            desk.keep(std::to_string(count), desk.zeros(DType::F32, 1, count));
    });
    cases.add("upload", "rows apart", [](Desk& desk) {
        const Tensor all = frame(desk);
        desk.backend().upload(innerOf(all), desk.random(28).data());
        desk.keep("all", all);
    });
    cases.add("download", "rows apart", [](Desk& desk) {
        const Tensor all = desk.input(6, 10);
        desk.keep("inner", innerOf(all));
    });
    cases.add("copy", "rows apart", [](Desk& desk) {
        const Tensor all = frame(desk);
        desk.backend().copy(innerOf(all), innerOf(desk.input(6, 10)));
        desk.keep("all", all);
    });
    cases.add("fill", "floats and whole numbers", [](Desk& desk) {
        const Tensor all = frame(desk);
        desk.backend().fill(innerOf(all), -2.5f);
        desk.keep("floats", all);
        const Tensor ids = desk.ids({1, 2, 3, 4, 5});
        desk.backend().fill(ids.columnRange(1, 3), -7.0f);
        desk.keep("ids", ids);
    });
}

} // namespace ahascope::kernels::parity
