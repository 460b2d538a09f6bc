using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

internal sealed class IdxFolderTests
{
    [Test]
    public void Every_usual_spelling_is_found([Values("", "emnist-balanced-")] string prefix, [Values("t10k", "test")] string test,
        [Values("-", ".")] string separator, [Values] bool gzip)
    {
        using var folder = new Folder();
        folder.WriteSet(prefix, test, separator, gzip);
        var data = IdxFolder.Load(folder.Path);
        Assert.That(data.Train.Count, Is.EqualTo(6));
        Assert.That(data.Eval.Count, Is.EqualTo(4));
        Assert.That(data.Train.Classes, Is.EqualTo(new[] { "0", "1", "2" }));
        var first = new byte[4];
        data.Train.Read(0, first);
        Assert.That(first, Is.EqualTo(prefix.Length > 0 ? new byte[] { 0, 2, 1, 3 } : [0, 1, 2, 3]), "EMNIST lies transposed in its files");
        Assert.That(data.Eval.Mean, Is.EqualTo(data.Train.Mean), "evaluation is normalised as training is");
    }

    [Test]
    public void Class_names_come_from_the_list_else_from_what_is_known()
    {
        using var folder = new Folder();
        folder.WriteSet("fashion-mnist-");
        Assert.That(IdxFolder.Load(folder.Path).Train.Classes[9], Is.EqualTo("Ankle boot"));
        folder.Write("classes.txt", "cat\ndog\nbird\n"u8.ToArray());
        Assert.That(IdxFolder.Load(folder.Path).Train.Classes, Is.EqualTo(new[] { "cat", "dog", "bird" }));
        folder.Write("classes.txt", "cat\ncat\nbird\n"u8.ToArray());
        Assert.That(() => IdxFolder.Load(folder.Path), Throws.TypeOf<DataException>().With.Message.Contains("named twice"));
    }

    [Test]
    public void Emnist_letters_are_numbered_from_one()
    {
        using var folder = new Folder();
        folder.WriteSet("emnist-letters-", "test", label: i => (byte)(i % 26 + 1));
        var data = IdxFolder.Load(folder.Path);
        Assert.That(data.Train.Classes[data.Train.Label(0)], Is.EqualTo("A"));
        folder.Write("emnist-letters-mapping.txt",
            System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, 26).Select(i => $"{i} {64 + i} {96 + i}\n"))));
        Assert.That(IdxFolder.Load(folder.Path).Train.Classes[2], Is.EqualTo("C"));
    }

    [Test]
    public void Several_sets_in_one_folder_are_chosen_by_prefix()
    {
        using var folder = new Folder();
        folder.WriteSet("emnist-digits-", "test");
        folder.WriteSet("emnist-letters-", "test", label: _ => 5);
        Assert.That(() => IdxFolder.Load(folder.Path), Throws.TypeOf<DataException>().With.Message.Contains("emnist-digits, emnist-letters"));
        Assert.That(IdxFolder.Load(folder.File("emnist-digits")).Train.Name, Is.EqualTo("emnist-digits train"));
    }

    [Test]
    public void A_label_out_of_range_names_file_image_and_range()
    {
        using var folder = new Folder();
        folder.WriteSet();
        string path = folder.Write("t10k-labels-idx1-ubyte", Folder.Idx(0x801, [4], [0, 1, 7, 1]));
        Assert.That(() => IdxFolder.Load(folder.Path),
            Throws.TypeOf<DataException>().With.Message.EqualTo($"{path}: label 7 of image 2 is out of range, expected 0..2"));
        folder.Write("train-labels-idx1-ubyte", Folder.Idx(0x801, [6], [0, 1, 2, 200, 1, 1]));
        Assert.That(() => IdxFolder.Load(folder.Path, digits: true),
            Throws.TypeOf<DataException>().With.Message.Contains("label 200 of image 3 is out of range, expected 0..9"));
    }

    [Test]
    public void Counts_that_differ_are_named()
    {
        using var folder = new Folder();
        folder.WriteSet();
        folder.Write("train-labels-idx1-ubyte", Folder.Idx(0x801, [5], new byte[5]));
        Assert.That(() => IdxFolder.Load(folder.Path),
            Throws.TypeOf<DataException>().With.Message.Contains("has 6 images, but").And.Message.Contains("has 5 labels"));
    }

    [Test]
    public void Missing_files_are_named()
    {
        using var folder = new Folder();
        Assert.That(() => IdxFolder.Load(folder.Path), Throws.TypeOf<DataException>().With.Message.Contains("no IDX images found"));
        folder.WriteSet();
        File.Delete(folder.File("t10k-labels-idx1-ubyte"));
        Assert.That(() => IdxFolder.Load(folder.Path),
            Throws.TypeOf<DataException>().With.Message.Contains("the test labels are missing (t10k-labels-idx1-ubyte"));
        Assert.That(() => IdxFolder.Load(folder.File("nothing")), Throws.TypeOf<DataException>());
    }

    [Test]
    public void Images_of_another_size_in_the_test_part_are_refused()
    {
        using var folder = new Folder();
        folder.WriteSet();
        folder.Write("t10k-images-idx3-ubyte", Folder.Idx(0x803, [4, 1, 4], new byte[16]));
        Assert.That(() => IdxFolder.Load(folder.Path), Throws.TypeOf<DataException>().With.Message.Contains("images of 1x4, but the training images are 2x2"));
    }

    [Test]
    public void The_committed_mnist_is_found_and_whole()
    {
        var data = IdxFolder.Load(DataLocator.Find(), digits: true);
        Assert.That((data.Train.Count, data.Eval.Count, data.Train.Height, data.Train.Width), Is.EqualTo((60000, 10000, 28, 28)));
        Assert.That(data.Train.Mean[0], Is.EqualTo(0.1307).Within(1e-4));
        Assert.That(data.Train.Std[0], Is.EqualTo(0.3081).Within(1e-4));
        Assert.That(Enumerable.Range(0, 10).Select(data.Eval.Label), Is.EqualTo(new[] { 7, 2, 1, 0, 4, 1, 4, 9, 5, 9 }));
    }

    [Test]
    public void A_named_folder_that_does_not_exist_is_an_error() =>
        Assert.That(() => DataLocator.Find("/nowhere/at-all"), Throws.TypeOf<DataException>().With.Message.Contains("/nowhere/at-all"));
}
