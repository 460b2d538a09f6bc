// What functions.cu is written in: CUDA without its headers for a device compiler, or plain C++ for a host.
#pragma once
#ifdef __CUDA__
#define KERNEL extern "C" __attribute__((global)) void
#define DEVICE __attribute__((device))
#define NOINLINE __attribute__((device)) __attribute__((noinline))
#define GLOBAL __attribute__((device))
#define CONSTANT __attribute__((constant))
#define THREAD ((int)__nvvm_read_ptx_sreg_tid_x())
extern "C" DEVICE int vprintf(const char*, void*);
#define PRINT(format, arguments, ...) vprintf(format, &arguments)
#else
#include <cstdio>
static int THREAD;
#define KERNEL static void
#define DEVICE
#define NOINLINE static __attribute__((noinline))
#define GLOBAL static
#define CONSTANT static
#define PRINT(format, arguments, ...) std::printf(format, __VA_ARGS__)
#endif
