using System.Runtime.InteropServices;

namespace NativeEngine.Core.Tests.Tensors;

/// <summary>Views, layouts and host copies. People see row-major [N, C, H, W] values; memory is channels-last.</summary>
public sealed class ViewTests : ReferenceFixture
{
    [Test]
    public void Images_lie_channels_last_and_read_back_row_major()
    {
        var values = Enumerable.Range(0, 24).Select(i => (double)i).ToArray();
        var x = Engine.From(values.AsSpan(), [1, 2, 3, 4]);
        var raw = new byte[24 * 8];
        Engine.Backend.Download(x, raw);
        Assert.That(MemoryMarshal.Cast<byte, double>(raw).ToArray().Take(4), Is.EqualTo(new double[] { 0, 12, 1, 13 }),
            "the channels of a pixel are neighbours");
        Assert.That(x.ToArray<double>(), Is.EqualTo(values));
    }

    [Test]
    public void Dense_bytes_are_taken_as_they_lie()
    {
        byte[] bytes = [1, 2, 3, 4, 5, 6];
        var x = Engine.FromDense(bytes, [1, 3, 1, 2], DType.UInt8);
        Assert.That(x.ToArray<int>(), Is.EqualTo(new[] { 1, 4, 2, 5, 3, 6 }));
        Assert.That(() => Engine.FromDense(bytes, [7], DType.UInt8), Throws.TypeOf<ShapeException>().With.Message.Contain("takes 7 bytes, got 6"));
    }

    [Test]
    public void Reshape_keeps_the_logical_order_of_an_image()
    {
        var values = Enumerable.Range(0, 24).Select(i => (double)i).ToArray();
        var x = Engine.From(values.AsSpan(), [1, 2, 3, 4]);
        Assert.That(x.Flatten().ToArray<double>(), Is.EqualTo(values));
        Assert.That(x.Flatten().Reshape(1, 4, 3, 2).ToArray<double>(), Is.EqualTo(values));
        Assert.That(x.Reshape(4, -1).Shape, Is.EqualTo(Shape.Create([4, 6])));
    }

    [Test]
    public void Reshape_is_a_view_where_memory_order_allows()
    {
        var x = Vector(1, 2, 3, 4, 5, 6);
        var y = x.Reshape(2, 3);
        y.Fill(9);
        Assert.That(x.ToArray<double>(), Is.All.EqualTo(9));
    }

    [Test]
    public void Reshape_refuses_other_counts()
    {
        Assert.That(() => Vector(1, 2, 3).Reshape(2, 2), Throws.TypeOf<ShapeException>().With.Message.Contain("[3] with 3 elements cannot become [2,2]"));
        Assert.That(() => Vector(1, 2, 3).Reshape(-1, 2), Throws.TypeOf<ShapeException>());
        Assert.That(() => Vector(1, 2, 3).Reshape(-1, -1), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Views_share_memory_and_know_whether_they_are_dense()
    {
        var x = Engine.From(Enumerable.Range(0, 6).Select(i => (double)i).ToArray().AsSpan(), [2, 3]);
        var transposed = x.Permute(1, 0);
        Assert.That(transposed.IsDense, Is.False);
        Assert.That(transposed.ToArray<double>(), Is.EqualTo(new double[] { 0, 3, 1, 4, 2, 5 }));
        Assert.That(transposed.Contiguous().IsDense);
        Assert.That(x.Narrow(0, 1, 1).IsDense, "one whole row");
        x.Narrow(1, 0, 2).Fill(-1);
        Assert.That(x.ToArray<double>(), Is.EqualTo(new double[] { -1, -1, 2, -1, -1, 5 }));
        Assert.That(x.Narrow(1, 2, 1).Expand([2, 4]).ToArray<double>(), Is.EqualTo(new double[] { 2, 2, 2, 2, 5, 5, 5, 5 }));
    }

    [Test]
    public void Host_values_convert_to_the_element_type_asked_for()
    {
        Assert.That(Engine.From([1.75f, -2.5f], [2]).ToArray<int>(), Is.EqualTo(new[] { 1, -2 }));
        Assert.That(Engine.From([7, 8], [2]).ToArray<long>(), Is.EqualTo(new long[] { 7, 8 }));
        Assert.That(Engine.From(new byte[] { 7, 255 }, [2]).ToArray<float>(), Is.EqualTo(new float[] { 7, 255 }));
        Assert.That(Engine.Full([], 2.5).Item(), Is.EqualTo(2.5));
        Assert.That(() => Vector(1, 2).Item(), Throws.TypeOf<ShapeException>().With.Message.Contain("2 elements"));
    }

    [Test]
    public void Copying_from_the_host_checks_count_and_layout()
    {
        var x = Engine.Zeros([2, 3]);
        Assert.That(() => x.CopyFrom<float>([1, 2]), Throws.TypeOf<ShapeException>().With.Message.Contain("6 elements, got 2"));
        Assert.That(() => x.Permute(1, 0).CopyFrom<float>([1, 2, 3, 4, 5, 6]), Throws.TypeOf<ShapeException>().With.Message.Contain("strided"));
    }

    [Test]
    public void A_matrix_is_filled_piece_by_piece_but_an_image_only_as_a_whole()
    {
        var x = Engine.From([1f, 2, 3, 4, 5, 6], [2, 3]);
        int version = x.Version;
        x.CopyFrom<float>([7, 8], 3);
        x.CopyFrom<double>([9], 0);
        Assert.That(x.ToArray<float>(), Is.EqualTo(new[] { 9f, 2, 3, 7, 8, 6 }));
        Assert.That(x.Version, Is.EqualTo(version + 2), "a change in place");
        Assert.That(() => x.CopyFrom<float>([1, 2], 5), Throws.TypeOf<ShapeException>().With.Message.Contain("2 values from position 5"));
        Assert.That(() => x.CopyFrom<float>([1, 2], -1), Throws.TypeOf<ShapeException>());
        var image = Engine.Zeros([1, 2, 2, 2]);
        Assert.That((x.IsRowMajor, image.IsRowMajor, Engine.Zeros([3, 1, 2, 2]).IsRowMajor), Is.EqualTo((true, false, true)));
        Assert.That(() => image.CopyFrom<float>([1], 0), Throws.TypeOf<ShapeException>().With.Message.Contain("as a whole"));
    }

    [Test]
    public void Poisoned_tensors_are_not_numbers()
    {
        Engine.PoisonNewTensors = true;
        Assert.That(Engine.Empty([3]).ToArray<double>(), Is.All.NaN);
        Assert.That(Engine.Empty([3], DType.Int32).ToArray<int>(), Is.All.EqualTo(-1));
        Assert.That(Engine.Empty([3], DType.UInt8).ToArray<int>(), Is.All.EqualTo(255));
    }
}
