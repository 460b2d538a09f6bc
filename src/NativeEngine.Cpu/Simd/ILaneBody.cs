using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Simd;

/// <summary>A parallel loop written once for every vector width.</summary>
internal interface ILaneBody
{
    /// <summary>Does one chunk with vectors of type <typeparamref name="V"/>; see <see cref="IChunkBody.Invoke"/>.</summary>
    void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>;
}

/// <summary>Runs a loop with the widest vectors that the process may use.</summary>
internal readonly struct Widest<TBody>(TBody body) : IChunkBody where TBody : struct, ILaneBody
{
    private readonly TBody _body = body;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke(int chunk, int worker)
    {
        if (Vector512.IsHardwareAccelerated)
            _body.Invoke<Lanes512>(chunk, worker);
        else if (Vector256.IsHardwareAccelerated)
            _body.Invoke<Lanes256>(chunk, worker);
        else if (Vector128.IsHardwareAccelerated)
            _body.Invoke<Lanes128>(chunk, worker);
        else
            _body.Invoke<Lanes1>(chunk, worker);
    }
}
