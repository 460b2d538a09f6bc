namespace NativeEngine.Core.Tests.Tensors;

public sealed class ShapeTests
{
    [Test]
    public void Extents_count_and_text()
    {
        Shape shape = [64, 3, 7, 7];
        Assert.That((shape.Rank, shape.Count, shape[-1], shape[1], shape.ToString()), Is.EqualTo((4, 64L * 3 * 49, 7, 3, "[64,3,7,7]")));
        Assert.That((Shape.Scalar.Rank, Shape.Scalar.Count, Shape.Scalar.ToString()), Is.EqualTo((0, 1L, "[]")));
        Assert.That(new Shape() == Shape.Scalar);
        Shape row = Shape.Create([2, 3]), same = Shape.Create([2, 3]);
        Assert.That(row, Is.EqualTo(same));
        Assert.That(Shape.Create([2, 3]) != Shape.Create([3, 2]));
    }

    [Test]
    public void Rank_four_is_channels_last_in_memory_every_other_rank_is_row_major()
    {
        Assert.That(Shape.Create([2, 3, 4, 5]).DenseStrides(), Is.EqualTo(new long[] { 60, 1, 15, 3 }));
        Assert.That(Shape.Create([2, 3, 4, 5]).RowMajorStrides(), Is.EqualTo(new long[] { 60, 20, 5, 1 }));
        Assert.That(Shape.Create([3, 4, 5]).DenseStrides(), Is.EqualTo(new long[] { 20, 5, 1 }));
    }

    [Test]
    public void Broadcasting_aligns_at_the_last_dimension()
    {
        Assert.That(Shape.Broadcast("add", [2, 1, 4], [3, 1]), Is.EqualTo(Shape.Create([2, 3, 4])));
        Assert.That(Shape.Broadcast("add", [], [3]), Is.EqualTo(Shape.Create([3])));
        Assert.That(Shape.Broadcast("add", [0, 3], [1, 3]), Is.EqualTo(Shape.Create([0, 3])));
        Assert.That(() => Shape.Broadcast("add", [2, 3], [4]), Throws.TypeOf<ShapeException>().With.Message.Contain("[add] [2,3] and [4]"));
    }

    [Test]
    public void Impossible_shapes_are_refused()
    {
        Assert.That(() => Shape.Create([1, -2]), Throws.TypeOf<ShapeException>().With.Message.Contain("[1,-2]"));
        Assert.That(() => Shape.Create([1, 1, 1, 1, 1, 1, 1]), Throws.TypeOf<ShapeException>().With.Message.Contain("7 dimensions"));
        Assert.That(() => Shape.Create([2, 3]).Axis(2), Throws.TypeOf<ShapeException>().With.Message.Contain("axis 2"));
        Assert.That(() => Shape.Create([int.MaxValue, int.MaxValue, int.MaxValue]),
            Throws.TypeOf<ShapeException>().With.Message.Contain("[2147483647,2147483647,2147483647] has more elements"));
        Assert.That(() => Shape.Create([int.MaxValue, int.MaxValue, 2]), Throws.TypeOf<ShapeException>(), "its bytes cannot be counted");
    }
}
