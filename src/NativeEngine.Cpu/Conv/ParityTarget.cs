using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Conv;

/// <summary>
/// The pixels (offsetH + a * stepH, offsetW + b * stepW) of images: backward-data of a strided convolution computes one such class
/// of input pixels at a time, each as a convolution of stride 1.
/// </summary>
internal readonly unsafe struct ParityTarget(float* x, int gridH, int gridW, int stepH, int stepW, int offsetH, int offsetW, int height, int width,
    int pixelStride, bool accumulate) : IRowTarget
{
    public float* Data => null;

    public nint Stride => 0;

    public void Write(int row, int rows, int column, int columns, float* block, nint blockStride)
    {
        for (int end = row + rows; row < end; row++, block += blockStride)
        {
            int image = row / (gridH * gridW), inImage = row - image * gridH * gridW;
            int a = inImage / gridW, b = inImage - a * gridW;
            float* pixel = x + (((nint)image * height + offsetH + a * stepH) * width + offsetW + b * stepW) * pixelStride + column;
            if (accumulate) VectorCopy.Add(pixel, block, columns);
            else VectorCopy.Copy(pixel, block, columns);
        }
    }
}
