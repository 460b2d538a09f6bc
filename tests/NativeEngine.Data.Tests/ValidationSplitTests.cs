using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

internal sealed class ValidationSplitTests
{
    private const ulong Seed = 42;

    private static readonly string[] Classes = ["cat", "dog", "owl"];

    [Test]
    public void The_parts_are_disjoint_complete_repeatable_and_in_order()
    {
        var data = SyntheticData.Create(50, 5, (1, 6, 6), Seed);
        var split = ValidationSplit.Draw(data, 0.2, Seed);
        var (train, validation) = split.Apply(data);
        Assert.That((train.Count, validation.Count), Is.EqualTo((40, 10)));
        Assert.That(Keys(train).Concat(Keys(validation)).Order(), Is.EqualTo(Keys(data).Order()));
        Assert.That(Keys(train).Select(int.Parse), Is.Ordered);
        Assert.That(Keys(validation).Select(int.Parse), Is.Ordered);
        Assert.That(Keys(ValidationSplit.Draw(data, 0.2, Seed).Apply(data).Validation), Is.EqualTo(Keys(validation)));
        Assert.That(Keys(ValidationSplit.Draw(data, 0.2, Seed + 1).Apply(data).Validation), Is.Not.EqualTo(Keys(validation)));
        foreach (double bad in new[] { 0, 1, -0.1, 1.5, double.NaN })
            Assert.That(() => ValidationSplit.Draw(data, bad, Seed), Throws.TypeOf<UsageException>());
    }

    [TestCase(0.2)]
    [TestCase(0.1)]
    [TestCase(0.29)]
    [TestCase(0.5)]
    [TestCase(0.001)]
    [TestCase(0.999)]
    public void The_fraction_is_exact_within_one_image_of_each_class_and_no_side_loses_a_class(double fraction)
    {
        foreach (int[] counts in new int[][] { [100, 10, 1], [7, 33, 2], [3, 3, 3] })
        {
            var data = new NamedImages(counts.SelectMany((n, c) => Enumerable.Range(0, n).Select(i => (c, $"{Classes[c]}/{i}.png"))));
            var split = ValidationSplit.Draw(data, fraction, Seed);
            var (train, validation) = split.Apply(data);
            for (int c = 0; c < counts.Length; c++)
            {
                int held = Labels(validation).Count(l => l == c);
                Assert.That(Math.Abs(held - counts[c] * fraction), Is.LessThan(1), $"{counts[c]} images, {held} held out");
                Assert.That(held, Is.EqualTo(split.Classes[c].Held));
                Assert.That(held > 0, Is.EqualTo(counts[c] > 1));
                Assert.That(Labels(train), Does.Contain(c));
            }
        }
    }

    [Test]
    public void An_image_that_comes_or_goes_moves_no_other_when_the_split_is_kept_and_at_most_one_when_it_is_drawn_anew()
    {
        var images = Enumerable.Range(0, 60).Select(i => (i % 2, $"{Classes[i % 2]}/{i:000}.png")).ToList();
        var data = new NamedImages(images);
        var split = ValidationSplit.Draw(data, 0.2, Seed);
        var held = Keys(split.Apply(data).Validation).ToHashSet();
        for (int i = 0; i < 40; i++)
        {
            var added = new NamedImages(images.Prepend((0, $"cat/added{i}.png")));
            var gone = new NamedImages(images.Where((_, n) => n != i));
            var kept = Keys(split.Apply(added).Validation).ToHashSet();
            Assert.That(kept.Except([$"cat/added{i}.png"]), Is.EquivalentTo(held));
            Assert.That(Keys(split.Apply(gone).Validation), Is.EquivalentTo(held.Where(k => k != images[i].Item2)));
            foreach (var changed in new[] { added, gone })
            {
                var anew = Keys(ValidationSplit.Draw(changed, 0.2, Seed).Apply(changed).Validation).ToHashSet();
                var still = held.Intersect(Keys(changed)).ToHashSet();
                Assert.That(still.Except(anew).Count() + anew.Intersect(images.Select(n => n.Item2)).Except(held).Count(), Is.LessThanOrEqualTo(1));
            }
        }
    }

    [Test]
    public void Membership_does_not_depend_on_order_or_on_other_classes()
    {
        var images = Enumerable.Range(0, 90).Select(i => (i % 3, $"{Classes[i % 3]}/{i}.png")).ToList();
        var data = new NamedImages(images);
        var split = ValidationSplit.Draw(data, 0.3, Seed);
        var held = Keys(split.Apply(data).Validation).ToHashSet();
        var reversed = new NamedImages(Enumerable.Reverse(images));
        Assert.That(Keys(ValidationSplit.Draw(reversed, 0.3, Seed).Apply(reversed).Validation), Is.EquivalentTo(held));
        var two = data.OnlyClasses(["owl", "cat"]);
        Assert.That(Keys(ValidationSplit.Draw(two, 0.3, Seed).Apply(two).Validation),
            Is.EquivalentTo(held.Where(k => !k.StartsWith("dog", StringComparison.Ordinal))));
    }

    [Test]
    public void A_kept_split_whose_images_are_gone_is_an_error()
    {
        var data = new NamedImages([(0, "cat/1.png"), (0, "cat/2.png"), (0, "cat/3.png")]);
        var split = ValidationSplit.Draw(data, 0.3, Seed);
        string held = Keys(split.Apply(data).Validation).Single();
        Assert.That(() => split.Apply(new NamedImages([(0, held)])), Throws.TypeOf<DataException>().With.Message.Contains("trained on none"));
        var others = new NamedImages(Keys(data).Where(k => k != held).Select(k => (0, k)));
        Assert.That(() => split.Apply(others), Throws.TypeOf<DataException>().With.Message.Contains("held out for validation none"));
    }

    [Test]
    public void Classes_of_one_image_have_none_to_hold_out()
    {
        var data = new NamedImages([(0, "cat/1.png"), (1, "dog/1.png")]);
        Assert.That(() => ValidationSplit.Draw(data, 0.1, Seed),
            Throws.TypeOf<UsageException>().With.Message.Contains("expected a class with two images or more"));
    }

    private static string[] Keys(Dataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Key)];

    private static int[] Labels(Dataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Label)];

    /// <summary>Images of which only class and name matter.</summary>
    private sealed class NamedImages : Dataset
    {
        private readonly (int Label, string Key)[] _images;

        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public NamedImages(IEnumerable<(int Label, string Key)> images)
        {
            _images = [.. images];
            (Name, Channels, Height, Width, Classes, Mean, Std) = ("named", 1, 1, 1, ValidationSplitTests.Classes, [0], [1]);
        }

        public override int Count => _images.Length;

        public override int Label(int index) => _images[index].Label;

        public override string Key(int index) => _images[index].Key;

        public override void Read(int index, Span<byte> pixels) => pixels.Clear();
    }
}
