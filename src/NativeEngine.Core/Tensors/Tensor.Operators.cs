namespace NativeEngine.Core;

public sealed partial class Tensor
{
    /// <summary>a + b with broadcasting.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => Elementwise.Apply(BinaryOp.Add, a, b);

    /// <summary>a - b with broadcasting.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => Elementwise.Apply(BinaryOp.Sub, a, b);

    /// <summary>a · b, element by element, with broadcasting.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => Elementwise.Apply(BinaryOp.Mul, a, b);

    /// <summary>a / b with broadcasting.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => Elementwise.Apply(BinaryOp.Div, a, b);

    /// <summary>a · factor.</summary>
    public static Tensor operator *(Tensor a, double factor) => a.Affine(factor);

    /// <summary>factor · a.</summary>
    public static Tensor operator *(double factor, Tensor a) => a.Affine(factor);

    /// <summary>a + summand.</summary>
    public static Tensor operator +(Tensor a, double summand) => a.Affine(1, summand);

    /// <summary>a - subtrahend.</summary>
    public static Tensor operator -(Tensor a, double subtrahend) => a.Affine(1, -subtrahend);

    /// <summary>-a.</summary>
    public static Tensor operator -(Tensor a) => a.Neg();
}
