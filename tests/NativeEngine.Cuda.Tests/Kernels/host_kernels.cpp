// All kernel sources as host code, and one launcher per entry. The test that builds this writes entries.inc, one line
// NE_HOST_ENTRY(name) for every kernel of the catalogue. Build: g++ -DNE_HOST_SIMT -I kernels -shared.
#include "conv.cu"
#include "elementwise.cu"
#include "gemm.cu"
#include "loss.cu"
#include "memory.cu"
#include "norm.cu"
#include "optim.cu"
#include "reduce.cu"

#include <utility>

// The math functions by themselves, so that a test can measure their stated errors.
extern "C" void ne_host_math(int function, const float* x, const float* y, float* result, int n)
{
    for (int i = 0; i < n; i++)
        result[i] = function == 0   ? ne_exp(x[i])
                    : function == 1 ? ne_log(x[i])
                    : function == 2 ? ne_log1p(x[i])
                    : function == 3 ? ne_tanh(x[i])
                    : function == 4 ? ne_sigmoid(x[i])
                    : function == 5 ? ne_erf(x[i])
                                    : ne_pow(x[i], y[i]);
}

template <class... Arguments, size_t... Index>
static void ne_host_call(void (*kernel)(Arguments...), void** arguments, std::index_sequence<Index...>)
{
    kernel(*static_cast<std::remove_const_t<Arguments>*>(arguments[Index])...);
}

// Runs a whole grid; returns 0, or 1 when a block waits for ever.
template <class... Arguments>
static int ne_host_launch(void (*kernel)(Arguments...), unsigned x, unsigned y, unsigned z, unsigned block, void** arguments)
{
    ne_host::grid = { x, y, z };
    ne_host::block = { block, 1, 1 };
    ne_host::body = [=] { ne_host_call(kernel, arguments, std::index_sequence_for<Arguments...>()); };
    for (unsigned k = 0; k < z; k++)
        for (unsigned j = 0; j < y; j++)
            for (unsigned i = 0; i < x; i++)
            {
                ne_host::block_index = { i, j, k };
                if (!ne_host::run_block()) return 1;
            }
    return 0;
}

#define NE_HOST_ENTRY(name)                                                                                       \
    extern "C" int ne_host_launch_##name(unsigned x, unsigned y, unsigned z, unsigned block, void** arguments) \
    {                                                                                                             \
        return ne_host_launch(name, x, y, z, block, arguments);                                                   \
    }
#include "entries.inc"
