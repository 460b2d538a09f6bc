using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Gemm;

/// <summary>
/// Micro-kernels: C[rows, cols] = or += sum over k of A(i, k) * B(k, j), with all of C in registers. They are written once, as the IL of
/// <see cref="KernelEmitter"/>, and made for the vector width of this machine when first used.
/// </summary>
/// <remarks>
/// A kernel is a leaf: a call inside it would make the JIT keep the accumulators in memory. B is packed in panels,
/// B(k, j) at b[k * ldb + j] with zeros up to a whole vector. There is a kernel for every number of rows, so a block is cut into
/// nearly equal tiles and no row is ever padded; the last, partial vector of a row of C is loaded and stored through a mask.
/// </remarks>
internal sealed unsafe class MicroKernels
{
    /// <summary>Distance of packed A rows in floats. A constant lets all rows be addressed from one register; not a power of two,
    /// so the rows of a tile do not share cache sets.</summary>
    public const int RowStride = 272;

    /// <summary>Largest k-extent of a packed A row.</summary>
    public const int MaxKc = 256;

    /// <summary>Distance of packed A rows of <see cref="KernelFamily.LongRows"/>.</summary>
    public const int LongRowStride = 528;

    /// <summary>Largest k-extent of a long row.</summary>
    public const int MaxLongKc = 512;

    private const MethodImplAttributes AggressiveOptimization = (MethodImplAttributes)512; // compile once, fully optimised, no tiering

    private static readonly Type[] Parameters =
        [typeof(float*), typeof(nint), typeof(float*), typeof(nint), typeof(float*), typeof(nint), typeof(nint), typeof(nint), typeof(float*)];
    private static readonly Type[] ImageParameters = [.. Parameters, typeof(nint), typeof(nint), typeof(nint)];
    private static readonly ConcurrentDictionary<SimdLevel, MicroKernels> Instances = new();

    private readonly VectorType _vector;
    private readonly ModuleBuilder _module;
    private readonly Lock _emitLock = new();
    private readonly nint[] _kernels;
    private readonly ConcurrentDictionary<KernelShape, nint> _made = new();
    private readonly NativeBlock _masks;

    private MicroKernels(SimdLevel level)
    {
        Level = level;
        _vector = VectorType.For(level);
        (MaxRows, VectorsPerPanel) = level switch
        {
            SimdLevel.Vector512 => (14, 2), // 28 sums + 2 of B + 1 of A = 31 of 32 registers
            SimdLevel.Vector256 => (6, 2), // 12 + 2 + 1 = 15 of 16
            SimdLevel.Vector128 => (System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported ? 12 : 6, 2),
            _ => (4, 2),
        };
        _kernels = new nint[((int)KernelFamily.LongRows + 1) * (MaxRows + 1) * (VectorsPerPanel + 1) * 2];
        _module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName($"NativeEngine.Cpu.Kernels.{level}"), AssemblyBuilderAccess.Run)
            .DefineDynamicModule("kernels");
        // Mask for n lanes: n words of ones, then zeros; read at an offset of Width - n.
        _masks = MaskMemory.Rent(2 * Width * sizeof(int));
        for (int i = 0; i < 2 * Width; i++) ((int*)_masks.Pointer)[i] = i < Width ? -1 : 0;
    }

    private static readonly AlignedPool MaskMemory = new();

    /// <summary>Vector level that the kernels use.</summary>
    public SimdLevel Level { get; }

    /// <summary>Floats per vector.</summary>
    public int Width => _vector.Width;

    /// <summary>Largest number of rows of a tile.</summary>
    public int MaxRows { get; }

    /// <summary>Vectors in a full panel of B.</summary>
    public int VectorsPerPanel { get; }

    /// <summary>Columns of a full panel of B.</summary>
    public int PanelColumns => VectorsPerPanel * Width;

    /// <summary>Whether the tail of a row can be written in part; else the driver goes through a temporary tile.</summary>
    public bool HasMasks => _vector.HasMasks;

    /// <summary>The kernels of the widest vectors of this process.</summary>
    public static MicroKernels Instance => For(SimdLevels.Widest);

    /// <summary>The kernels of one level, which the hardware must have.</summary>
    public static MicroKernels For(SimdLevel level) => Instances.GetOrAdd(level, static l => new MicroKernels(l));

    /// <summary>Floats from a row of the packed A to the next in the loop over the rows of a tile.</summary>
    public static int RowStep(KernelFamily family) => family switch { KernelFamily.RowGathered => RowStride, KernelFamily.LongRows => LongRowStride, _ => 1 };

    /// <summary>Mask with the first <paramref name="lanes"/> lanes set (1 .. Width).</summary>
    public float* Mask(int lanes) => _masks.Floats + (Width - lanes);

    /// <summary>
    /// Kernel (a, lda, b, ldb, c, ldc, kc, accumulate, mask) of <paramref name="rows"/> rows and <paramref name="vectors"/> vectors;
    /// <paramref name="edge"/>: the last vector of each row of C is partial, as given by mask.
    /// lda is used by k-major kernels only; the others expect ldb = vectors * Width.
    /// </summary>
    public delegate*<float*, nint, float*, nint, float*, nint, nint, nint, float*, void> Get(KernelFamily family, int rows, int vectors, bool edge)
    {
        int index = ((((int)family * (MaxRows + 1)) + rows) * (VectorsPerPanel + 1) + vectors) * 2 + (edge ? 1 : 0);
        nint kernel = Volatile.Read(ref _kernels[index]);
        if (kernel == 0)
        {
            kernel = Make(new KernelShape(family, rows, vectors, edge, RowStep(family)));
            Volatile.Write(ref _kernels[index], kernel);
        }
        return (delegate*<float*, nint, float*, nint, float*, nint, nint, nint, float*, void>)kernel;
    }

    /// <summary>
    /// Kernel (a, lda, b, ldb, c, ldc, kc, accumulate, mask, repeats, skipA, skipB) of an image family; see <see cref="KernelFamily"/>.
    /// Look it up once per chunk, not once per call.
    /// </summary>
    public delegate*<float*, nint, float*, nint, float*, nint, nint, nint, float*, nint, nint, nint, void> GetForImage(in KernelShape shape) =>
        (delegate*<float*, nint, float*, nint, float*, nint, nint, nint, float*, nint, nint, nint, void>)Make(shape);

    private nint Make(in KernelShape shape)
    {
        if (_made.TryGetValue(shape, out nint kernel)) return kernel;
        lock (_emitLock)
        {
            if (_made.TryGetValue(shape, out kernel)) return kernel;
            string name = $"{shape.Family}{shape.Rows}x{shape.Vectors * Width}{(shape.Edge ? "Edge" : "")}Step{shape.RowStep}";
            TypeBuilder type = _module.DefineType(name, TypeAttributes.Abstract | TypeAttributes.Sealed | TypeAttributes.Public);
            MethodBuilder method = type.DefineMethod("Run", MethodAttributes.Public | MethodAttributes.Static, typeof(void),
                shape.Family >= KernelFamily.ImageRows ? ImageParameters : Parameters);
            method.SetImplementationFlags(MethodImplAttributes.IL | AggressiveOptimization);
            new KernelEmitter(method.GetILGenerator(), _vector, shape).Emit();
            MethodInfo made = type.CreateType().GetMethod("Run")!;
            RuntimeHelpers.PrepareMethod(made.MethodHandle);
            return _made[shape] = made.MethodHandle.GetFunctionPointer();
        }
    }
}
