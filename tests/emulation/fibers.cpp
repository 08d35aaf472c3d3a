#include "fibers.h"

#include <cstdint>
#include <vector>

#include <setjmp.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace emulation {

namespace {

constexpr std::size_t stackBytes = 128 << 10;

struct Fiber {
    std::unique_ptr<unsigned char[]> stack{new unsigned char[stackBytes]};
    ucontext_t context{};
    jmp_buf place{};
    bool begun = false;
};

} // namespace

// A fiber begins by its context and is changed by jumps, which cost no call of the system; the address sanitizer knows
// contexts alone. A fiber that has ended waits for the next body.
struct Fibers::State {
    std::vector<std::unique_ptr<Fiber>> fibers;
    std::function<void(unsigned)> body;
    unsigned running = 0;
    ucontext_t hostContext{};
    jmp_buf hostPlace{};
#if defined(__SANITIZE_ADDRESS__)
    const void* hostStack = nullptr;
    std::size_t hostStackBytes = 0;
#endif

    static void enter(unsigned high, unsigned low)
    {
        auto* state = reinterpret_cast<State*>(std::uintptr_t(high) << 32 | low);
        state->entered(nullptr);
        for (;;) {
            state->body(state->running);
            state->toHost();
        }
    }
    void begin(unsigned index)
    {
        ucontext_t& context = fibers[index]->context;
        getcontext(&context);
        context.uc_stack.ss_sp = fibers[index]->stack.get();
        context.uc_stack.ss_size = stackBytes;
        const auto address = reinterpret_cast<std::uintptr_t>(this);
        makecontext(&context, reinterpret_cast<void (*)()>(&State::enter), 2, static_cast<unsigned>(address >> 32),
            static_cast<unsigned>(address));
    }

#if defined(__SANITIZE_ADDRESS__)
    void entered(void* fake)
    {
        __sanitizer_finish_switch_fiber(fake, &hostStack, &hostStackBytes);
    }
    void toFiber(Fiber& fiber)
    {
        void* fake = nullptr;
        __sanitizer_start_switch_fiber(&fake, fiber.stack.get(), stackBytes);
        swapcontext(&hostContext, &fiber.context);
        __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
    }
    void toHost()
    {
        void* fake = nullptr;
        __sanitizer_start_switch_fiber(&fake, hostStack, hostStackBytes);
        swapcontext(&fibers[running]->context, &hostContext);
        entered(fake);
    }
#else
    void entered(void*) { }
    void toFiber(Fiber& fiber)
    {
        if (_setjmp(hostPlace) != 0)
            return;
        if (fiber.begun)
            _longjmp(fiber.place, 1);
        fiber.begun = true;
        setcontext(&fiber.context);
    }
    void toHost()
    {
        if (_setjmp(fibers[running]->place) == 0)
            _longjmp(hostPlace, 1);
    }
#endif
};

Fibers::Fibers() : m_state(std::make_unique<State>()) { }
Fibers::~Fibers() = default;

void Fibers::start(unsigned count, std::function<void(unsigned)> body)
{
    m_state->body = std::move(body);
    while (m_state->fibers.size() < count) {
        m_state->fibers.push_back(std::make_unique<Fiber>());
        m_state->begin(static_cast<unsigned>(m_state->fibers.size() - 1));
    }
}

void Fibers::resume(unsigned index)
{
    m_state->running = index;
    m_state->toFiber(*m_state->fibers[index]);
}

void Fibers::pause()
{
    m_state->toHost();
}

} // namespace emulation
