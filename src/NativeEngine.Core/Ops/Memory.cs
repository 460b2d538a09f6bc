namespace NativeEngine.Core;

/// <summary>Ops that move elements: views, copies, concatenation, padding, row gathering.</summary>
public static class Memory
{
    /// <summary>x itself when dense, else a dense copy. Backward keeps nothing.</summary>
    public static Tensor Contiguous(this Tensor x)
    {
        if (x.IsDense)
            return x;
        var y = x.Engine.DenseCopy(x);
        return x.Engine.Record("contiguous", y, [x], [], pass => pass.Give(0, pass.Dy));
    }

    /// <summary>A copy that shares nothing with x.</summary>
    public static Tensor Clone(this Tensor x) =>
        x.Engine.Record("clone", x.Engine.DenseCopy(x), [x], [], pass => pass.Give(0, pass.Dy));

    /// <summary>y = x converted to another element type; only float to float carries a gradient.</summary>
    public static Tensor Cast(this Tensor x, DType dtype)
    {
        if (x.DType == dtype)
            return x;
        x = x.Contiguous();
        var engine = x.Engine;
        var y = engine.Empty(x.Shape, dtype);
        engine.Backend.Cast(x, y);
        if (!dtype.IsFloat() || !x.DType.IsFloat())
            return y;
        return engine.Record("cast", y, [x], [], pass => pass.Give(0, pass.Dy.Cast(x.DType)));
    }

    /// <summary>
    /// The same elements in logical row-major order under another shape, as PyTorch's reshape: an image [N, C, H, W] flattens in C, H, W order
    /// although it lies channels-last. One extent may be -1. A view where memory order allows, else a copy.
    /// </summary>
    public static Tensor Reshape(this Tensor x, params ReadOnlySpan<int> dims)
    {
        var shape = ResolveShape(x, dims);
        if (shape == x.Shape)
            return x;
        var engine = x.Engine;
        Tensor y;
        if (x.IsDense && x.Shape.IsRowMajor && shape.IsRowMajor)
        {
            y = x.View(shape, shape.DenseStrides(), x.Offset);
        }
        else
        {
            // Through a row-major buffer: write x in row-major order, then read that as the new shape.
            var flat = engine.Empty(x.Shape, x.DType);
            engine.Backend.Copy(x, flat.View(x.Shape, x.Shape.RowMajorStrides(), 0), GradMode.Overwrite);
            y = shape.IsRowMajor ? flat.View(shape, shape.DenseStrides(), 0) : engine.DenseCopy(flat.View(shape, shape.RowMajorStrides(), 0));
        }

        return engine.Record("reshape", y, [x], [], pass => pass.Give(0, pass.Dy.Reshape(x.Shape.AsSpan())));
    }

    /// <summary>Joins the dimensions from <paramref name="startAxis"/> on into one, in C, H, W order.</summary>
    public static Tensor Flatten(this Tensor x, int startAxis = 1)
    {
        int start = x.Shape.Axis(startAxis);
        var dims = x.Shape.AsSpan();
        return x.Reshape([.. dims[..start], Check.Count("flatten", "values in a row", x.Shape, Shape.Create(dims[start..]).Count)]);
    }

    /// <summary>A view with the dimensions in another order: y's dimension i is x's dimension axes[i].</summary>
    public static Tensor Permute(this Tensor x, params ReadOnlySpan<int> axes)
    {
        var order = axes.ToArray();
        Check.That(order.Length == x.Shape.Rank && order.Select(x.Shape.Axis).Distinct().Count() == order.Length, "permute",
            $"axes [{string.Join(',', order)}] for a tensor {x.Shape}: expects each axis once");
        order = Array.ConvertAll(order, x.Shape.Axis);
        var y = x.View(Shape.Create(Array.ConvertAll(order, a => x.Shape[a])), Array.ConvertAll(order, a => x.Strides[a]), x.Offset);
        var inverse = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
            inverse[order[i]] = i;
        return x.Engine.Record("permute", y, [x], [], pass => pass.Give(0, pass.Dy.Permute(inverse)), order);
    }

    /// <summary>A view of <paramref name="length"/> positions from <paramref name="start"/> on along one axis.</summary>
    public static Tensor Narrow(this Tensor x, int axis, int start, int length)
    {
        int a = x.Shape.Axis(axis);
        Check.That(start >= 0 && length >= 0 && start <= x.Shape[a] - length, "narrow",
            $"positions {start}..{start + length} of axis {axis} of {x.Shape}: expects a range inside 0..{x.Shape[a]}");
        var y = Part(x, a, start, length);
        return x.Engine.Record("narrow", y, [x], [], pass =>
        {
            if (!pass.Needs(0))
                return;
            var target = pass.Target(0);
            if (!target.Accumulate)
                x.Engine.Backend.Fill(target.Tensor!, 0);
            x.Engine.Backend.Copy(pass.Dy, Part(target.Tensor!, a, start, length), GradMode.Accumulate);
        });
    }

    /// <summary>A view of x repeated to <paramref name="shape"/> where its extents are 1.</summary>
    public static Tensor Expand(this Tensor x, Shape shape)
    {
        var y = x.ExpandView("expand", shape);
        return ReferenceEquals(y, x) ? x : x.Engine.Record("expand", y, [x], [], pass => Reduce.SumInto(pass.Dy, x.Shape, pass, 0));
    }

    /// <summary>The tensors one after the other along <paramref name="axis"/>; their other extents are equal.</summary>
    public static Tensor Concat(int axis, params Tensor[] parts)
    {
        Check.That(parts.Length > 0, "cat", $"no tensors given");
        var first = parts[0];
        int a = first.Shape.Axis(axis), total = 0;
        Check.OneEngine("cat", first, parts);
        foreach (var part in parts)
        {
            Check.That(part.DType == first.DType && part.Shape.Rank == first.Shape.Rank && part.Shape.With(a, first.Shape[a]) == first.Shape, "cat",
                $"tensor {part.DType} {part.Shape} beside {first.DType} {first.Shape}: expects equal types and extents except along axis {axis}");
            total += part.Shape[a];
        }

        var engine = first.Engine;
        var y = engine.Empty(first.Shape.With(a, total), first.DType);
        int at = 0;
        foreach (var part in parts)
        {
            engine.Backend.Copy(part, Part(y, a, at, part.Shape[a]), GradMode.Overwrite);
            at += part.Shape[a];
        }

        return engine.Record("cat", y, parts, [], pass =>
        {
            int start = 0;
            for (int i = 0; i < parts.Length; i++)
            {
                int length = parts[i].Shape[a];
                if (pass.Needs(i))
                {
                    var target = pass.Target(i);
                    engine.Backend.Copy(Part(pass.Dy, a, start, length), target.Tensor!, target.Mode);
                }

                start += length;
            }
        }, new[] { a });
    }

    /// <summary>
    /// x with a border of <paramref name="value"/>; pads are given as PyTorch does, last dimension first:
    /// (left, right, top, bottom, …). Negative pads crop.
    /// </summary>
    public static Tensor Pad(this Tensor x, ReadOnlySpan<int> pads, double value = 0)
    {
        int rank = x.Shape.Rank;
        Check.That(pads.Length % 2 == 0 && pads.Length <= 2 * rank, "pad",
            $"{pads.Length} pads for a tensor {x.Shape}: expects two per dimension, at most {2 * rank}");
        var before = new int[rank];
        var dims = x.Shape.ToArray();
        for (int i = 0; i < pads.Length / 2; i++)
        {
            before[rank - 1 - i] = pads[2 * i];
            dims[rank - 1 - i] += pads[2 * i] + pads[2 * i + 1];
            Check.That(dims[rank - 1 - i] >= 0, "pad", $"pads ({pads[2 * i]}, {pads[2 * i + 1]}) crop more than extent {x.Shape[rank - 1 - i]} of {x.Shape}");
        }

        var engine = x.Engine;
        var y = engine.Empty(Shape.Create(dims), x.DType);
        engine.Backend.Fill(y, value);
        engine.Backend.Copy(Inner(x, dims, before, negate: true), Inner(y, x.Shape.ToArray(), before, negate: false), GradMode.Overwrite);
        return engine.Record("pad", y, [x], [], pass =>
        {
            if (!pass.Needs(0))
                return;
            var target = pass.Target(0);
            if (!target.Accumulate)
                engine.Backend.Fill(target.Tensor!, 0);
            engine.Backend.Copy(Inner(pass.Dy, x.Shape.ToArray(), before, negate: false), Inner(target.Tensor!, dims, before, negate: true),
                GradMode.Accumulate);
        });
    }

    /// <summary>y[i, …] = x[index[i], …] for x [R, …] and index Int32 [n] with values in 0 … R-1. Backward keeps the index.</summary>
    public static Tensor GatherRows(this Tensor x, Tensor index)
    {
        Check.Type("gather_rows", "index", index, DType.Int32);
        Check.Rank("gather_rows", "index", index, 1);
        Check.That(x.Shape.Rank >= 1, "gather_rows", $"input {x.Shape}: expects at least one dimension");
        Check.OneEngine("gather_rows", x, index);
        x = x.Contiguous();
        index = index.Contiguous();
        var engine = x.Engine;
        var y = engine.Empty(x.Shape.With(0, index.Shape[0]), x.DType);
        engine.Backend.GatherRows(x, index, y);
        return engine.Record("gather_rows", y, [x], [index], pass =>
        {
            if (pass.Needs(0))
                engine.Backend.GatherRowsBackward(index, pass.Dy, pass.Target(0));
        });
    }

    /// <summary>x = value, in place.</summary>
    public static Tensor Fill(this Tensor x, double value)
    {
        RefuseRecorded("fill", x);
        x.MarkChanged();
        x.Engine.Backend.Fill(x, value);
        return x;
    }

    /// <summary>x = source, in place, source broadcast to x's shape.</summary>
    public static Tensor Assign(this Tensor x, Tensor source)
    {
        RefuseRecorded("assign", x);
        Check.OneEngine("assign", x, source);
        Check.SameType("assign", "tensor", x, "source", source);
        x.MarkChanged();
        x.Engine.Backend.Copy(source.ExpandView("assign", x.Shape), x, GradMode.Overwrite);
        return x;
    }

    /// <summary>x += scale·source, in place, source broadcast to x's shape.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor source, double scale = 1)
    {
        RefuseRecorded("add_", x);
        Check.OneEngine("add_", x, source);
        Check.SameType("add_", "tensor", x, "source", source);
        x.MarkChanged();
        x.Engine.Backend.Copy(source.ExpandView("add_", x.Shape), x, GradMode.Accumulate, scale);
        return x;
    }

    private static void RefuseRecorded(string op, Tensor x)
    {
        if (x.Engine.GradEnabled && x.RequiresGrad)
            throw new InvalidOperationException($"[{op}] tensor {x.Shape} requires a gradient and cannot be changed in place while operations are "
                + "recorded; use NoGrad()");
    }

    private static Tensor Part(Tensor x, int axis, int start, int length) =>
        x.View(x.Shape.With(axis, length), x.Strides.ToArray(), x.Offset + start * x.Strides[axis]);

    /// <summary>The part of x that lies inside a frame of <paramref name="frame"/> shifted by ±offset.</summary>
    private static Tensor Inner(Tensor x, int[] frame, int[] offset, bool negate)
    {
        var dims = x.Shape.ToArray();
        long start = x.Offset;
        for (int i = 0; i < dims.Length; i++)
        {
            int shift = negate ? -offset[i] : offset[i];
            int lo = Math.Max(0, shift), hi = Math.Min(dims[i], shift + frame[i]);
            dims[i] = Math.Max(0, hi - lo);
            start += lo * x.Strides[i];
        }

        return x.View(Shape.Create(dims), x.Strides.ToArray(), start);
    }

    private static Shape ResolveShape(Tensor x, ReadOnlySpan<int> dims)
    {
        var result = dims.ToArray();
        long known = 1;
        int free = -1;
        for (int i = 0; i < result.Length; i++)
        {
            if (result[i] == -1 && free < 0)
                free = i;
            else
                known *= result[i];
        }

        if (free >= 0 && known > 0)
            result[free] = Check.Count("reshape", $"values in dimension {free}", x.Shape, x.Count / known);
        Check.That((free < 0 || known > 0) && known * (free >= 0 ? result[free] : 1) == x.Count, "reshape",
            $"tensor {x.Shape} with {x.Count} elements cannot become [{string.Join(',', dims.ToArray())}]");
        return Shape.Create(result);
    }
}
