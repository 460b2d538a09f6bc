namespace NativeEngine.Cpu.Gemm;

/// <summary>Where the rows of a product go: a matrix, or the pixels of one parity class of an image.</summary>
internal unsafe interface IRowTarget
{
    /// <summary>C at (row 0, column 0) when the rows lie at a fixed distance, else null and <see cref="Write"/> is used.</summary>
    float* Data { get; }

    /// <summary>Distance of the rows of <see cref="Data"/> in floats.</summary>
    nint Stride { get; }

    /// <summary>Stores (or adds, as the target was told) a finished block of rows whose columns start at <paramref name="column"/>.</summary>
    void Write(int row, int rows, int column, int columns, float* block, nint blockStride);
}
