using System.Text;
using GitOpsGate.Policies.Bundles;
using Xunit;

namespace GitOpsGate.Policies.Tests.Bundles;

/// <summary>A bundle that was kept is the same bundle, or none.</summary>
public sealed class BundlePackTests
{
    private static readonly (string Path, string Text)[] Files =
    [
        ("data.json", """{"words": ["hurry"]}"""), (".manifest", """{"rego_version":1,"file_rego_versions":{"/old/*.rego":0}}"""), ("old/p.rego", "package old"),
        ($"{string.Join('/', Enumerable.Repeat("a-long-name-of-a-folder", 20))}/ä.rego", "package long"), ("p_test.rego", "package p_test"),
    ];

    [Fact]
    public void It_comes_back_with_its_revision_and_all_that_it_says()
    {
        var bundle = Bundle(Files);
        var again = BundlePack.Read(BundlePack.Write(bundle), bundle.Revision);
        Assert.Equal(bundle.Revision, again.Revision);
        Assert.Equal(bundle.Data.ToArray(), again.Data.ToArray());
        Assert.Equal(bundle.Modules, again.Modules);
        Assert.Equal(BundlePack.Write(bundle), BundlePack.Write(Bundle([.. Files.Reverse()])));
    }

    [Fact]
    public void Signatures_are_left_out_as_they_are_of_the_revision()
    {
        var bundle = Bundle([.. Files, (SignatureFile.FileName, """{"signatures":["a.b.c"]}""")]);
        var again = BundlePack.Read(BundlePack.Write(bundle), bundle.Revision);
        Assert.DoesNotContain(again.Files, file => file.Name == SignatureFile.FileName);
    }

    [Fact]
    public void Every_touched_byte_is_noticed_and_a_cut_one_too()
    {
        var bundle = Bundle([Files[0], Files[2]]);
        var packed = BundlePack.Write(bundle);
        for (var at = 0; at < packed.Length; at++)
        {
            var touched = packed.ToArray();
            touched[at] ^= 1;
            Assert.Throws<InvalidDataException>(() => BundlePack.Read(touched, bundle.Revision));
            Assert.Throws<InvalidDataException>(() => BundlePack.Read(packed.AsMemory(0, at), bundle.Revision));
        }

        var other = Assert.Throws<InvalidDataException>(() => BundlePack.Read(BundlePack.Write(Bundle([Files[0]])), bundle.Revision));
        Assert.Contains("it was changed after it was kept", other.Message, StringComparison.Ordinal);
    }

    private static PolicyBundle Bundle((string Path, string Text)[] files) => Assert.IsType<BundleReading.Complete>(BundleReader.Read(
        [.. files.Select(file => new BundleFile(file.Path, Encoding.UTF8.GetBytes(file.Text)))], BundleOptions.Default)).Bundle;
}
