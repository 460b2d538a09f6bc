using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Transforms: written forms, random numbers that belong to the image, sizes, shares.</summary>
public sealed class TransformTests
{
    private const ulong Seed = 5;
    private static readonly TransformContext Context = new([0.5f, 0.4f, 0.3f], [0.2f, 0.2f, 0.2f], (24, 24));

    private static IEnumerable<string> Every => Transform.Catalogue.Entries.Select(e => e.Name);

    [TestCaseSource(nameof(Every))]
    public void A_transform_is_a_function_of_seed_epoch_and_image(string name)
    {
        var list = TransformList.Parse(name.Contains("crop", StringComparison.Ordinal) || name == "resize" ? $"{name}(20)" : name == "grid_mask"
            ? "grid_mask(d=[4,8])" : name);
        byte[][] results = [.. new[] { (0, 1), (0, 2), (0, 1), (1, 1) }.Select(k => Run(list, k.Item1, k.Item2))];
        Assert.That(results[2], Is.EqualTo(results[0]), "the same image in the same epoch");
        if (!list.Transforms[0].IsRandom)
            Assert.That(results[3], Is.EqualTo(results[0]));
        else
            Assert.That(Enumerable.Range(0, 30).Select(e => Convert.ToHexString(Run(list, e, 1))).Distinct().Count(), Is.GreaterThan(1));
    }

    [TestCaseSource(nameof(Every))]
    public void Images_of_every_shape_survive_every_transform(string name)
    {
        foreach (var (height, width, channels) in new[] { (1, 1, 3), (1, 7, 1), (5, 1, 3), (24, 24, 1), (3, 40, 3), (33, 2, 1) })
        {
            var list = TransformList.Parse(name);
            for (int sample = 0; sample < 20; sample++)
            {
                var picture = new Picture();
                picture.Load(Noise(height * width * channels), height, width, channels);
                Assert.That(() => list.Apply(picture, new Draws(Seed, RandomStream.Transform, 0, sample), Context), Throws.Nothing,
                    $"{name} of {height}x{width}x{channels}");
                Assert.That(picture.Pixels.Length, Is.EqualTo(picture.Height * picture.Width * channels));
            }
        }
    }

    [Test]
    public void A_list_takes_values_by_place_or_name()
    {
        var list = TransformList.Parse("resize(256,letterbox); random_crop(224)\n# a remark\nrotate(15,p=0.3) # and one more\nhflip");
        Assert.That(list.Transforms, Is.EqualTo(new Transform[]
        {
            new ResizeTransform { Size = "256", Mode = ResizeMode.Letterbox }, new RandomCropTransform { Size = "224" },
            new RotateTransform { Degrees = 15, P = 0.3 }, new HflipTransform(),
        }));
    }

    [TestCase("resize(0)", "transform resize: size = 0: expects a number of pixels up to 8192, or HEIGHTxWIDTH")]
    [TestCase("resize(256", "transforms: 'resize(256': expected name(settings), the closing parenthesis is missing")]
    [TestCase("rotate(degree=3)", "transform rotate has no parameter 'degree', did you mean 'degrees'?; it takes degrees, p, interpolation, fill, expand")]
    [TestCase("rotate(p=0.5,30)", "transform rotate: '30': expects key=value here; it takes degrees, p, interpolation, fill, expand")]
    [TestCase("hflip(2)", "transform hflip: p = 2: expects 0 … 1")]
    [TestCase("hflp", "unknown transform 'hflp', did you mean 'hflip'?")]
    [TestCase(" ; ", "transforms: expected a list such as resize(256);random_crop(224);hflip")]
    [TestCase("rotate(15,interpolation=box)", "interpolation 'box': expects nearest, bilinear or bicubic here")]
    public void A_mistake_is_a_sentence(string text, string sentence) =>
        Assert.That(() => TransformList.Parse(text), Throws.TypeOf<UsageException>().With.Message.StartsWith(sentence));

    [TestCase("resize(12)", 12, 21)]
    [TestCase("resize(12x14,squash)", 12, 14)]
    [TestCase("resize(16,letterbox)", 16, 16)]
    [TestCase("resize(16,border)", 16, 16)]
    [TestCase("center_crop(30)", 30, 30)]
    [TestCase("random_crop(12,padding=3,border=reflect)", 12, 12)]
    [TestCase("random_resized_crop(9x11)", 9, 11)]
    public void Sizes_are_as_asked(string text, int height, int width)
    {
        var picture = new Picture();
        picture.Load(Noise(20 * 36 * 3), 20, 36, 3);
        TransformList.Parse(text).Apply(picture, new Draws(Seed, 0, 0, 0), Context);
        Assert.That((picture.Height, picture.Width), Is.EqualTo((height, width)));
    }

    [Test]
    public void Chances_are_those_that_were_asked_for()
    {
        foreach (double p in new[] { 0.1, 0.5, 0.8 })
        {
            int mirrored = 0;
            var list = new TransformList([new HflipTransform { P = p }]);
            for (int i = 0; i < 2000; i++)
            {
                var picture = new Picture();
                picture.Load([0, 255], 1, 2, 1);
                list.Apply(picture, new Draws(Seed, RandomStream.Transform, 0, i), Context);
                mirrored += picture.Pixels[0] == 255 ? 1 : 0;
            }

            Assert.That(mirrored / 2000.0, Is.EqualTo(p).Within(4 * Math.Sqrt(p * (1 - p) / 2000)));
        }
    }

    [TestCase("auto_augment(cifar10)")]
    [TestCase("rand_augment")]
    [TestCase("trivial_augment")]
    public void A_policy_chooses_evenly(string text)
    {
        // The first draw chooses the row or the operation: chi-square over 25 equal cells, 99.9 % bound.
        const int cells = 25, draws = 5000;
        var counts = new int[cells];
        for (int i = 0; i < draws; i++)
            counts[new Draws(Seed, RandomStream.Transform, 3, i).Below(cells)]++;
        Assert.That(counts.Sum(n => Math.Pow(n - (draws / (double)cells), 2) / (draws / (double)cells)), Is.LessThan(51.2));
        Assert.That(Enumerable.Range(0, 200).Select(e => Convert.ToHexString(Run(TransformList.Parse(text), e, 1))).Distinct().Count(), Is.GreaterThan(20));
    }

    [Test]
    public void Gamma_and_beta_have_their_moments()
    {
        foreach (double shape in new[] { 0.2, 1.0, 4.0 })
        {
            double[] gamma = [.. Enumerable.Range(0, 4000).Select(i => new Draws(Seed, 7, 0, i).Gamma(shape))];
            Assert.That(gamma.Average(), Is.EqualTo(shape).Within(5 * Math.Sqrt(shape / 4000)));
            double[] beta = [.. Enumerable.Range(0, 4000).Select(i => new Draws(Seed, 8, 0, i).Beta(shape, shape))];
            Assert.That(beta, Is.All.InRange(0, 1));
            Assert.That(beta.Average(), Is.EqualTo(0.5).Within(0.02));
            Assert.That(beta.Average(b => (b - 0.5) * (b - 0.5)), Is.EqualTo(0.25 / ((2 * shape) + 1)).Within(0.01));
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4)]
    public void Batches_are_the_same_bits_for_any_number_of_workers(int workers)
    {
        var data = SyntheticData.Create(50, 4, (3, 16, 16), seed: 3);
        var augmentation = new Augmentation(2, 0.5)
        {
            Then = TransformList.Parse("rand_augment;random_erasing(0.5)"), Mixer = new BatchMixer(0.4, 1) { Mode = MixMode.Elem },
            Context = new TransformContext(data.Mean, data.Std, (16, 16)),
        };
        string Bits(int n, int first)
        {
            var text = new System.Text.StringBuilder();
            var plan = EpochPlan.Shuffled(data.Count, 8, Seed, 2, dropLast: false);
            using var loader = new BatchLoader(data, plan, augmentation, Seed, n, first, targets: c => new MixedIds(c, 4));
            while (loader.Next() is { } batch)
            {
                var mixed = (MixedIds)batch.Targets;
                text.Append(Convert.ToHexString(batch.Pixels)).AppendJoin(',', Enumerable.Range(0, batch.Count).Select(mixed.Share)).Append('\n');
            }

            return text.ToString();
        }

        string whole = Bits(0, 0);
        Assert.That(Bits(workers, 0), Is.EqualTo(whole));
        Assert.That(whole, Does.EndWith(Bits(workers, 3)), "an epoch that goes on in its middle");
    }

    [Test]
    public void Mixing_keeps_what_it_says()
    {
        var data = SyntheticData.Create(8, 4, (1, 10, 10), seed: 3);
        foreach (var mixer in new[] { new BatchMixer(1, 0), new BatchMixer(0, 1), new BatchMixer(0, 0) { CutmixMinmax = (0.2, 0.8) } })
        {
            for (int epoch = 0; epoch < 20; epoch++)
            {
                var plain = Batch(null, epoch);
                var (pixels, targets) = Batch(mixer, epoch);
                for (int i = 0; i < 8; i++)
                {
                    float share = targets!.Share(i);
                    var (own, other, got) = (plain.Pixels.AsSpan(i * 100, 100).ToArray(), plain.Pixels.AsSpan((7 - i) * 100, 100).ToArray(),
                        pixels.AsSpan(i * 100, 100).ToArray());
                    Assert.That(targets.Partner(i), Is.EqualTo(data.Label(7 - i)));
                    if (mixer.Mixup > 0)
                        Assert.That(got.Select((v, k) => Math.Abs(v - ((share * own[k]) + ((1 - share) * other[k])))), Is.All.LessThanOrEqualTo(0.51));
                    else
                        Assert.That(got.Where((v, k) => v != own[k]).Count(), Is.LessThanOrEqualTo((int)Math.Round(100 * (1 - share))));
                }
            }
        }

        (byte[] Pixels, MixedIds? Targets) Batch(BatchMixer? mixer, int epoch)
        {
            var augmentation = new Augmentation(0, 0) { Mixer = mixer, Context = new TransformContext(data.Mean, data.Std, (10, 10)) };
            var order = EpochPlan.InOrder(8, 8);
            using var loader = new BatchLoader(data, order, augmentation, Seed + (ulong)epoch, 0,
                targets: n => mixer is null ? new ClassIds(n) : new MixedIds(n, 4));
            var batch = loader.Next()!;
            return (batch.Pixels.ToArray(), batch.Targets as MixedIds);
        }
    }

    private static byte[] Run(TransformList list, int epoch, int sample)
    {
        var picture = new Picture();
        picture.Load(Noise(24 * 24 * 3), 24, 24, 3);
        list.Apply(picture, new Draws(Seed, RandomStream.Transform, epoch, sample), Context);
        return picture.Pixels.ToArray();
    }

    private static byte[] Noise(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(30 + Philox.Below(new PhiloxKey(1, 2, 3), (ulong)i, 180)))];
}
