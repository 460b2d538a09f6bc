// Runs every kernel of functions.cu for 64 threads, one after the other: prints "kernel: 64 values", and what a kernel prints in front of that.
#include "functions.cu"
#include <cstdint>

int main()
{
    struct { const char* name; void (*run)(const int*, double*); } kernels[] = {
        {"structures", structures}, {"types", types}, {"recursion", recursion}, {"quicksort", quicksort}, {"divergence", divergence}, {"pointers", pointers}, {"contents", contents}, {"printing", printing}};
    int x[64];
    for (int i = 0; i < 64; i++) x[i] = (i * 37 + 11) % 101;
    for (auto& kernel : kernels) {
        double y[64];
        for (THREAD = 0; THREAD < 64; THREAD++) kernel.run(x, y);
        std::printf("%s:", kernel.name);
        for (double value : y) std::printf(" %.17g", value);
        std::printf("\n");
    }
}
