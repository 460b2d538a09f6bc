namespace NativeEngine.Core.Tests;

public sealed class PhiloxTests
{
    /// <summary>The known answers published with Random123 (kat_vectors, philox4x32 10).</summary>
    [TestCase(0ul, 0u, 0u, 0ul, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(ulong.MaxValue, uint.MaxValue, uint.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(0x85a308d3_243f6a88ul, 0x13198a2eu, 0x03707344u, 0x299f31d0_a4093822ul, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Known_answers(ulong block, uint step, uint stream, ulong seed, uint w0, uint w1, uint w2, uint w3) =>
        Assert.That(Philox.Block(new PhiloxKey(seed, stream, step), block), Is.EqualTo((w0, w1, w2, w3)));

    [Test]
    public void Elements_are_the_words_of_their_blocks()
    {
        var key = new PhiloxKey(42, RandomStream.Dropout, 7);
        var (w0, w1, w2, w3) = Philox.Block(key, 5);
        Assert.That(Enumerable.Range(20, 4).Select(i => Philox.Bits(key, (ulong)i)), Is.EqualTo(new[] { w0, w1, w2, w3 }));
    }

    [Test]
    public void Uniform_numbers_lie_in_0_to_1_and_are_even()
    {
        Assert.That((Philox.ToUniform(0), Philox.ToUniform(uint.MaxValue)), Is.EqualTo((0f, 1 - MathF.Pow(2, -24))));
        var key = new PhiloxKey(1, RandomStream.Synthetic, 0);
        var bins = new int[16];
        for (ulong i = 0; i < 16000; i++)
            bins[(int)(Philox.Uniform(key, i) * 16)]++;
        Assert.That(bins, Is.All.InRange(850, 1150)); // five standard deviations
    }

    [Test]
    public void Normal_numbers_have_mean_0_and_variance_1()
    {
        var key = new PhiloxKey(2, RandomStream.Init, 0);
        var values = Enumerable.Range(0, 20000).Select(i => Philox.Normal(key, (ulong)i)).ToArray();
        Assert.That(values.Average(), Is.EqualTo(0).Within(0.035));
        Assert.That(values.Average(v => v * v), Is.EqualTo(1).Within(0.05));
        Assert.That(values, Is.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void Permutations_hold_every_index_once_and_follow_the_key()
    {
        var key = new PhiloxKey(3, RandomStream.Shuffle, 1);
        var order = Philox.Permutation(key, 1000);
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, 1000)));
        Assert.That(Philox.Permutation(key, 1000), Is.EqualTo(order));
        Assert.That(Philox.Permutation(key with { Step = 2 }, 1000), Is.Not.EqualTo(order));
        Assert.That((Philox.Permutation(key, 0), Philox.Permutation(key, 1)), Is.EqualTo((Array.Empty<int>(), new[] { 0 })));
    }

    [Test]
    public void Bounded_integers_reach_both_ends()
    {
        var key = new PhiloxKey(4, RandomStream.Augment, 0);
        var seen = Enumerable.Range(0, 500).Select(i => Philox.Below(key, (ulong)i, 5)).Distinct().Order();
        Assert.That(seen, Is.EqualTo(new[] { 0, 1, 2, 3, 4 }));
    }
}
