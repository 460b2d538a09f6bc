using System.Runtime.CompilerServices;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda.Tests.Native;

[TestFixture]
public unsafe class NativeTableTests
{
    [Test]
    public void Rows_cover_every_field_and_no_symbol_twice()
    {
        Check<CudaDriverApi>("cu");
        Check<CublasApi>("cublas");
        Check<CublasLtApi>("cublasLt");
        Check<CudnnApi>("cudnn");

        static void Check<T>(string prefix) where T : unmanaged
        {
            var rows = NativeTable.Rows<T>();
            Assert.That(rows, Has.Count.EqualTo(sizeof(T) / sizeof(nint)));
            Assert.That(rows.SelectMany(r => r.Names), Is.Unique);
            foreach (var row in rows)
            {
                Assert.That(row.Field, Does.StartWith(prefix));
                Assert.That(row.Names, Has.All.StartsWith(row.Field), $"{row.Field} is filled from another function");
            }
        }
    }

    [Test]
    public void Every_row_lands_in_its_own_field()
    {
        var table = default(CudaDriverApi);
        var rows = NativeTable.Rows<CudaDriverApi>();
        NativeTable.Fill(ref table, name => 1000 + rows.First(r => r.Names.Contains(name)).Index, 0);
        Assert.Multiple(() =>
        {
            Assert.That((nint)table.cuInit, Is.EqualTo((nint)1000));
            Assert.That((nint)table.cuGraphGetNodes, Is.EqualTo((nint)(1000 + rows.Count - 1)));
            Assert.That((nint)table.cuLaunchKernel, Is.EqualTo((nint)(1000 + rows.Single(r => r.Field == "cuLaunchKernel").Index)));
        });
    }

    [Test]
    public void A_missing_symbol_is_reported_and_answers_not_supported()
    {
        var table = default(CudaDriverApi);
        var fill = NativeTable.Fill(ref table, static name => 0, NativeTable.MissingDriver);
        Assert.That(fill.MissingRequired, Does.Contain("cuInit").And.Contain("cuLaunchKernel"));
        Assert.That(fill.MissingOptional, Does.Contain("cuGraphLaunch"));
        Assert.That(table.cuLaunchKernel(0, 1, 1, 1, 1, 1, 1, 0, 0, null, null), Is.EqualTo(CuResult.NotSupported));
        Assert.That(table.cuGraphLaunch(0, 0), Is.EqualTo(CuResult.NotSupported));
    }

    [Test]
    public void The_second_name_is_used_when_the_first_is_absent()
    {
        var table = default(CudaDriverApi);
        NativeTable.Fill(ref table, static name => name == "cuEventElapsedTime" ? 7 : 0, 0);
        Assert.That((nint)table.cuEventElapsedTime, Is.EqualTo((nint)7));
    }

    [Test]
    public void Structures_have_the_vendors_sizes()
    {
        Assert.Multiple(() =>
        {
            Assert.That(sizeof(CudnnAlgoPerf), Is.EqualTo(48));
            Assert.That(sizeof(CublasLtHeuristicResult), Is.EqualTo(96));
            Assert.That(sizeof(CublasLtAlgo), Is.EqualTo(64));
            Assert.That(sizeof(CuGraphExecUpdateResult), Is.EqualTo(24));
        });
        var perf = default(CudnnAlgoPerf);
        Assert.That(Unsafe.ByteOffset(ref Unsafe.As<int, byte>(ref perf.Algo), ref Unsafe.As<nuint, byte>(ref perf.Memory)), Is.EqualTo((nint)16));
    }

    [TestCase(0, null)]
    [TestCase(9020, "6.2")]
    [TestCase(10000, "6.3")]
    [TestCase(11080, "7.8")]
    [TestCase(12020, "8.2")]
    [TestCase(12060, "8.5")]
    [TestCase(13010, "9.1")]
    [TestCase(14000, "9.1")]
    public void Driver_versions_give_the_newest_ptx_they_compile(int driver, string? ptx) =>
        Assert.That(PtxVersions.Maximum(driver)?.ToString(), Is.EqualTo(ptx));

    [TestCase(3, 8201, CudnnCategory.BadParam)]
    [TestCase(9, 8201, CudnnCategory.NotSupported)]
    [TestCase(2, 8900, CudnnCategory.AllocFailed)]
    [TestCase(2008, 90600, CudnnCategory.BadParam)]
    [TestCase(3004, 90600, CudnnCategory.NotSupported)]
    [TestCase(4004, 90600, CudnnCategory.AllocFailed)]
    [TestCase(5001, 90600, CudnnCategory.ExecutionFailed)]
    [TestCase(0, 90600, CudnnCategory.Success)]
    public void Cudnn_statuses_of_both_releases_mean_the_same(int status, int version, CudnnCategory category) =>
        Assert.That(CudnnStatus.Categorize(status, (nuint)version), Is.EqualTo(category));

    [Test]
    public void Cudnn_categories_survive_both_numberings([Values] CudnnCategory category, [Values(8201, 90600)] int version) =>
        Assert.That(CudnnStatus.Categorize(CudnnStatus.Encode(category, (nuint)version), (nuint)version), Is.EqualTo(category));
}
