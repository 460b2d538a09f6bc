namespace NativeEngine.Cpu.Gemm;

/// <summary>What a micro-kernel is made for.</summary>
/// <param name="Family">how it finds A</param>
/// <param name="Rows">rows of C</param>
/// <param name="Vectors">vectors per row of C</param>
/// <param name="Edge">the last vector of a row is partial, as given by a mask</param>
/// <param name="RowStep">floats from A(i, k) to A(i + 1, k): a constant, so that all rows are addressed from one register</param>
internal readonly record struct KernelShape(KernelFamily Family, int Rows, int Vectors, bool Edge, int RowStep);
