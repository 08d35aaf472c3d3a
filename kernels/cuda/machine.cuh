// What CUDA C++ has no words for: the tensor cores and the copies that run beside a kernel (compute capability 8.0 and
// up). Tests replace this file by one that carries the same instructions out on the processor.
#pragma once

#include <cstdint>

namespace ahascope::kernels::cuda {

// The shared memory that the launch asked for.
template <class T>
__device__ T* dynamicShared()
{
    extern __shared__ __align__(128) unsigned char bytes[];
    return reinterpret_cast<T*>(bytes);
}

// D += A B of 16 x 16 and 16 x 8 BF16 values, sums in F32; all lanes of a warp together. Lane l holds, in a, rows l/4
// and l/4 + 8 (register r: row + 8 (r % 2), columns 2 (l % 4) + 8 (r / 2) and the next); in b, column l/4 (register r:
// rows 2 (l % 4) + 8 r and the next); in d, the rows of a, columns 2 (l % 4) and the next.
__device__ inline void multiplyAdd(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2])
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
                 "{%0,%1,%2,%3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Four matrices of 8 x 8 BF16 values out of shared memory: matrix i has its rows, 16 bytes each, where lanes 8 i to
// 8 i + 7 point. Lane l gets, of each, row l/4, columns 2 (l % 4) and the next.
__device__ inline void loadMatrices(std::uint32_t (&to)[4], const void* row)
{
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
}
// The same of the transposed matrices.
__device__ inline void loadMatricesTransposed(std::uint32_t (&to)[4], const void* row)
{
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
}

// Two values rounded to BF16, `low` in the lower half.
__device__ inline std::uint32_t packHalves(float low, float high)
{
    std::uint32_t packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

// 2^x in one instruction, to two units in the last place; what is too small becomes zero.
__device__ inline float powerOfTwo(float x)
{
    float power;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x));
    return power;
}

// Begins to copy 16 bytes from global to shared memory, both aligned to 16; zeros when `valid` is false, and then
// `global` is not read.
__device__ inline void copyAsync(void* shared, const void* global, bool valid)
{
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
    const int bytes = valid ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(global), "r"(bytes) : "memory");
}
// Ends a group of copies of this thread.
__device__ inline void commitCopies()
{
    asm volatile("cp.async.commit_group;" ::: "memory");
}
// Until at most `pending` of this thread's groups are under way.
template <int pending>
__device__ void waitCopies()
{
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

} // namespace ahascope::kernels::cuda
