// Kernels that call: the same source is compiled to PTX and for the host, where one thread after the other runs it. See make.sh.
#include "dialect.h"

// Structures by value and as results.
struct Six { float a[6]; int n; };
struct Four { float x, y, z, w; };
struct alignas(16) Wide { double a; int b; short c, e; long long d[2]; };
NOINLINE float sum_of(Six s, int from) { float t = 0; for (int k = 0; k < s.n; k++) t += s.a[(k + from) % 6]; return t; }
NOINLINE Four make_four(float a, float b) { Four f = {a, b, a + b, a * b}; return f; }
NOINLINE void bump(Six* s) { s->n++; s->a[s->n % 6] += 0.5f; }
NOINLINE float escaping(Six s) { bump(&s); return s.n + s.a[s.n % 6]; }
NOINLINE Wide widen(Wide w, char by) { w.a *= by; w.b += by; w.c -= by; w.e += w.c; w.d[1] <<= by & 7; return w; }
KERNEL structures(const int* x, double* y)
{
    Six s; for (int i = 0; i < 6; i++) s.a[i] = x[(THREAD + i) % 64] * 0.25f;
    s.n = THREAD % 6 + 1;
    Four f = make_four(x[THREAD], 2);
    Wide w = {1.5 * THREAD, THREAD, (short)(THREAD * 300), 1, {2, THREAD}};
    w = widen(w, (char)(x[THREAD] & 15));
    y[THREAD] = sum_of(s, THREAD) + f.x + f.z * f.w + escaping(s) * 8 + s.n + w.a + w.b + w.c + w.e + w.d[0] + w.d[1];
}

// Types that parameters and results can have.
NOINLINE double mixed(double a, float b, char c, unsigned char d, short e, unsigned short f, long long g, bool h) { return a * c + b * d - e * f + g + (h ? 0.5 : 0.25); }
NOINLINE signed char as_char(int v) { return (signed char)v; }
NOINLINE bool is_odd(int v) { return v & 1; }
NOINLINE unsigned short as_short(int v) { return (unsigned short)(v * 40000); }
NOINLINE unsigned long long as_long(unsigned v) { return v * 0x1000000001ull; }
KERNEL types(const int* x, double* y)
{
    int v = x[THREAD];
    y[THREAD] = mixed(v * 0.1, v * 0.5f, (char)v, (unsigned char)(v * 7), (short)(v * 9), (unsigned short)(v * 11), v * 1000000007ll, v & 1)
        + as_char(v * 37) + is_odd(v) + as_short(v) + (double)as_long(v);
}

// Recursion.
NOINLINE int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
NOINLINE bool odd(int n);
NOINLINE bool even(int n) { return n == 0 ? true : odd(n - 1); }
NOINLINE bool odd(int n) { return n == 0 ? false : even(n - 1); }
NOINLINE int ackermann(int m, int n) { return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1)); }
NOINLINE double deep(const int* x, int n) { double own[3] = {1.0 * n, x[n % 64] * 0.5, 2}; if (n == 0) return own[2]; double below = deep(x, n - 1); return own[0] - own[1] + below * 0.999; }
NOINLINE int outer(int* chain, int n) { int own = n * n; if (n > 0) *chain += outer(&own, n - 1); return own + *chain; }
KERNEL recursion(const int* x, double* y)
{
    int chain = x[THREAD];
    y[THREAD] = fib(THREAD % 14) + even(THREAD) * 2 + odd(THREAD) + ackermann(2, THREAD % 5) * 100 + deep(x, 3 * THREAD) + outer(&chain, THREAD % 9) + chain;
}
NOINLINE void sort(int* a, int n)
{
    if (n < 2) return;
    int pivot = a[n / 2], i = 0, j = n - 1;
    while (i <= j) { while (a[i] < pivot) i++; while (a[j] > pivot) j--; if (i <= j) { int t = a[i]; a[i++] = a[j]; a[j--] = t; } }
    sort(a, j + 1); sort(a + i, n - i);
}
KERNEL quicksort(const int* x, double* y)
{
    int a[24]; for (int i = 0; i < 24; i++) a[i] = (x[(i * 7 + THREAD) % 64] * 2654435761u) >> 20;
    sort(a, 24); double s = 0; for (int i = 0; i < 24; i++) s = s * 1.25 + a[i]; y[THREAD] = s;
}

// Divergence: who calls what, how often and how deep depends on the thread.
NOINLINE int twice(int v) { return 2 * v; }
NOINLINE int half(int v) { return v / 2; }
NOINLINE int collatz(int v) { int s = 0; while (v > 1 && s < 99) { v = v & 1 ? twice(v) + v + 1 : half(v); s++; } return s; }
NOINLINE int choose(int v, int d) { if (d == 0) return v; if (v % 3 == 0) return choose(half(v), d - 1) + 1; if (v % 3 == 1) return twice(choose(v + 1, d - 1)); return collatz(v); }
KERNEL divergence(const int* x, double* y)
{
    int s = 0;
    for (int i = 0; i < THREAD % 7; i++) { if ((x[THREAD] + i) % 4 == 1) continue; s += collatz(x[THREAD] + i); if (s > 200) break; }
    if (THREAD & 1) s += THREAD & 2 ? twice(s) : half(s);
    y[THREAD] = s + 1000.0 * choose(x[THREAD] & 255, 6);
}

// Pointers to functions, in both kinds of tables, as arguments, chosen by each lane.
NOINLINE int add1(int a) { return a + 1; }
NOINLINE int square(int a) { return a * a; }
NOINLINE int minus(int a) { return -a; }
typedef int (*Map)(int);
GLOBAL Map in_global[4] = {add1, twice, square, minus};
CONSTANT Map in_constant[4] = {minus, square, add1, fib};
NOINLINE int apply(Map f, int v, int times) { for (int i = 0; i < times; i++) v = f(v) % 1000; return v; }
struct Shape { float size; DEVICE Shape(float s) : size(s) {} virtual DEVICE float area() const { return size; } virtual DEVICE int corners() const { return 0; } };
struct Circle : Shape { DEVICE Circle(float s) : Shape(s) {} virtual DEVICE float area() const { return 3 * size * size; } };
struct Square : Shape { DEVICE Square(float s) : Shape(s) {} virtual DEVICE float area() const { return size * size; } virtual DEVICE int corners() const { return 4; } };
NOINLINE float describe(const Shape& s) { return s.area() + s.corners() * 100; }
KERNEL pointers(const int* x, double* y)
{
    Map f = in_global[x[THREAD] & 3], g = THREAD & 1 ? add1 : minus;
    Circle c(THREAD); Square q(x[THREAD]);
    y[THREAD] = f(THREAD) + in_constant[THREAD & 3](THREAD % 12) * 3 + apply(g, THREAD, 5) + apply(in_global[THREAD % 4], 3, THREAD % 4) + describe(THREAD & 4 ? (const Shape&)c : (const Shape&)q);
}

// Variables with addresses and rows as first contents.
GLOBAL int counter = 5; GLOBAL int row[4] = {1, 2, 3, 4};
GLOBAL int* const to_counter = &counter; GLOBAL int* into_row = row;
GLOBAL const char* names[3] = {"zero", "one", "two"};
GLOBAL const int grid[2][3] = {{1, 2}, {4, 5, 6}};
NOINLINE int length(const char* s) { int n = 0; while (s[n]) n++; return n; }
KERNEL contents(const int* x, double* y) { y[THREAD] = *to_counter + into_row[x[THREAD] & 3] + length(names[THREAD % 3]) * 10 + names[THREAD % 3][1] + grid[THREAD & 1][THREAD % 3] * 1000; }

// Printing.
NOINLINE void tell(int who, double value)
{
    struct { int who; double value, again, once_more; } a = {who, value, value, value};
    PRINT("thread %d: %8.3f|%-10.2e|%+g\n", a, a.who, a.value, a.value, a.value);
}
KERNEL printing(const int* x, double* y)
{
    if (THREAD % 32 == 3) {
        struct { int a; unsigned b; long long c; unsigned long long d; char e; const char* f; } s = {-x[THREAD], 4000000000u + THREAD, -1234567890123ll * THREAD, 18446744073709551615ull - THREAD, (char)('a' + THREAD % 26), "text"};
        PRINT("%d %u %lld %llu %c %s %%\n", s, s.a, s.b, s.c, s.d, s.e, s.f);
        struct { unsigned a, b, c; int d, e, f, g; } h = {255u + THREAD, 48879, 8, 42, -42, 7, THREAD};
        PRINT("[%x|%#X|%#o|%5d|%-6d|%03d|%+i]\n", h, h.a, h.b, h.c, h.d, h.e, h.f, h.g);
        struct { double a, b, c, d, e, f; } d = {0.5, 2.5, 1e-5 * THREAD, 123456789.0 * THREAD, -0.0, 1.0 / 3};
        PRINT("%.0f %.0f %g %g %f %.15g\n", d, d.a, d.b, d.c, d.d, d.e, d.f);
        struct { double a, b, c, d; } e = {1e300 * 1e10, -1e300 * 1e10, 6.02e23, 0.1};
        PRINT("%f %E %G %a\n", e, e.a, e.b, e.c, e.d);
        struct { int w; const char* s; int p; double v; const char* t; const char* u; } w = {8, "right", 2, 3.14159, "cut here", "left"};
        PRINT("[%*s|%.*f|%.3s|%-7s]\n", w, w.w, w.s, w.p, w.v, w.t, w.u);
        tell(THREAD, x[THREAD] * 1.5);
    }
    y[THREAD] = THREAD;
}
