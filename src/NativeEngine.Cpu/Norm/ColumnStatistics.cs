using System.Numerics;
using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>Column sums of many rows: float sums of short blocks, combined in double.</summary>
internal static unsafe class ColumnStatistics
{
    /// <summary>Rows summed in float before the sums go to double.</summary>
    private const int BlockRows = 512;

    /// <summary>Rows whose mean is near enough to that of their block: a single row can lie several deviations away, which costs as many bits as its
    /// square.</summary>
    private const int OriginRows = 8;

    /// <summary>
    /// mean[c] and squares[c] = Σ (x - mean)² over <paramref name="rows"/> rows that lie <paramref name="stride"/> apart, in one pass: each block is centred on
    /// the mean of
    /// its first rows and the blocks are merged by the update of Chan, Golub and LeVeque (1979), so a large mean costs no accuracy.
    /// </summary>
    /// <param name="scratch">3 * columns floats</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments(float* x, nint stride, long rows, int columns, double* mean, double* squares, float* scratch)
    {
        float* origin = scratch, sum = scratch + columns, square = scratch + 2 * columns;
        for (long done = 0; done < rows; done += BlockRows)
        {
            int count = (int)Math.Min(BlockRows, rows - done);
            float* block = x + (nint)done * stride;
            VectorLoop.Run(new ColumnMeans(block, Math.Min(OriginRows, count), stride, origin), columns);
            VectorLoop.Run(new ColumnSums(block, origin, count, stride, sum, square), columns);
            if (done == 0)
            {
                Finish(origin, sum, square, count, columns, mean, squares);
                continue;
            }
            double inverse = 1.0 / count, weight = (double)count / (done + count), cross = (double)done * count / (done + count);
            for (int c = 0; c < columns; c++)
            {
                double blockMean = origin[c] + sum[c] * inverse, blockSquares = square[c] - (double)sum[c] * sum[c] * inverse;
                double difference = blockMean - mean[c];
                mean[c] += difference * weight;
                squares[c] += blockSquares + difference * difference * cross;
            }
        }
    }

    /// <summary>mean and squares from sum = Σ (x - origin) and square = Σ (x - origin)².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish(float* origin, float* sum, float* square, int count, int columns, double* mean, double* squares)
    {
        double inverse = 1.0 / count;
        for (int c = 0; c < columns; c++)
        {
            mean[c] = origin[c] + sum[c] * inverse;
            squares[c] = square[c] - (double)sum[c] * sum[c] * inverse;
        }
    }

    /// <summary>Merges statistics of <paramref name="countB"/> rows into those of <paramref name="countA"/> rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Merge(double* meanA, double* squaresA, long countA, double* meanB, double* squaresB, long countB, int columns)
    {
        double total = countA + countB, weight = countB / total, cross = countA * (double)countB / total;
        int c = 0, width = Vector<double>.Count;
        for (; c <= columns - width; c += width)
        {
            Vector<double> mean = Vector.Load(meanA + c), difference = Vector.Load(meanB + c) - mean;
            (mean + difference * weight).Store(meanA + c);
            (Vector.Load(squaresA + c) + (Vector.Load(squaresB + c) + difference * difference * cross)).Store(squaresA + c);
        }
        for (; c < columns; c++)
        {
            double difference = meanB[c] - meanA[c];
            meanA[c] += difference * weight;
            squaresA[c] += squaresB[c] + difference * difference * cross;
        }
    }

    /// <summary>sum0[c] = Σ g, sum1[c] = Σ g (x - mean[c]), where g is the dy that passes the gate.</summary>
    /// <param name="scratch">2 * columns floats</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradients<TGate>(float* x, GateData gate, float* dy, long rows, int columns, float* mean, double* sum0, double* sum1, float* scratch)
        where TGate : struct, INormGate
    {
        float* block0 = scratch, block1 = scratch + columns;
        for (int c = 0; c < columns; c++) sum0[c] = sum1[c] = 0;
        for (long done = 0; done < rows; done += BlockRows)
        {
            int count = (int)Math.Min(BlockRows, rows - done);
            long at = done * columns;
            VectorLoop.Run(new GradientSums<TGate>(x + at, gate.From(at), dy + at, mean, count, columns, block0, block1), columns);
            for (int c = 0; c < columns; c++)
            {
                sum0[c] += block0[c];
                sum1[c] += block1[c];
            }
        }
    }
}
