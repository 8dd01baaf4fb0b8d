using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Policies.Bundles;
using Xunit;

namespace GitOpsGate.Policies.Tests.Bundles;

public sealed class BundleReaderTests
{
    [Fact]
    public void Data_files_stand_at_the_path_of_their_folder_and_merge()
    {
        var bundle =
            Complete(("data.json", """{"a": {"x": 1.10}}"""), ("a/b/data.json", """{"c": [true]}"""), ("p.rego", "package p"));
        Assert.Equal("""{"a":{"x":1.10,"b":{"c":[true]}}}""", Encoding.UTF8.GetString(bundle.Data.Span));
    }

    [Theory]
    [InlineData("""{"b": 1}""", "a/b/data.json", """{"c": 1}""")]
    [InlineData("""{"b": {"c": 1}}""", "a/b/data.json", """{"c": 2}""")]
    [InlineData("""{"b": {"c": 1}}""", "a/b/data.json", "7")]
    public void Two_files_that_disagree_about_one_path_are_refused(string outer, string innerPath, string inner)
    {
        var problems = Refused(("a/data.json", outer), (innerPath, inner));
        Assert.Contains(problems, problem => problem.Path == innerPath);
    }

    [Fact]
    public void The_manifest_gives_roots_revision_and_syntax_versions_and_the_longest_pattern_wins()
    {
        var bundle = Complete(
            (".manifest",
                """{"revision":"r7","roots":["old","new"],"rego_version":1,"file_rego_versions":{"*.rego":1,"/old/*.rego":0}}"""),
            ("old/p.rego", "package old"), ("new/p.rego", "package new"));
        Assert.Equal("r7", bundle.Manifest.Revision);
        Assert.Equal(["new", "old"], bundle.Manifest.Roots);
        Assert.Equal([("new/p.rego", 1), ("old/p.rego", 0)], bundle.Modules.Select(module => (module.Path, module.RegoVersion)));
    }

    [Theory]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("{", "is not JSON")]
    [InlineData("""{"roots": ["a", "a/b"]}""", "has overlapping roots `a` and `a/b`")]
    [InlineData("""{"roots": ["", "b"]}""", "has overlapping roots")]
    [InlineData("""{"roots": "a"}""", "has `roots` that are not a list")]
    [InlineData("""{"rego_version": 2}""", "has `rego_version` `2`; 0 or 1 would be right")]
    [InlineData("""{"file_rego_versions": {"{a,b}.rego": 0}}""", "only `*` and `?` are understood")]
    [InlineData("""{"revision": 4}""", "has a `revision` that is not a string")]
    public void A_manifest_that_cannot_be_followed_is_refused_with_the_reason(string manifest, string reason)
    {
        var problem = Assert.Single(Refused((".manifest", manifest), ("a/p.rego", "package a")));
        Assert.Equal(".manifest", problem.Path);
        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_outside_the_roots_is_refused()
    {
        var problem =
            Assert.Single(Refused((".manifest", """{"roots": ["a/b"]}"""), ("data.json", """{"a": {"b": 1, "c": 2}}""")));
        Assert.Contains("`a/c`, outside the roots `a/b`", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void YAML_data_is_read_by_the_engines_parser_or_the_one_that_was_given_and_refused_without_one()
    {
        BundleFile[] files = [File("data.yaml", "a: 1"), File("p.rego", "package p")];
        var given = new BundleOptions { YamlToJson = _ => "{\"a\":1}"u8.ToArray() };
        var bundle = Assert.IsType<BundleReading.Complete>(BundleReader.Read(files, given)).Bundle;
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(bundle.Data.Span));
        var own = Assert.IsType<BundleReading.Complete>(BundleReader.Read(files, BundleOptions.Default)).Bundle;
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(own.Data.Span));
        Assert.IsType<BundleReading.Refused>(BundleReader.Read(files, new BundleOptions { YamlToJson = null }));
        Assert.IsType<BundleReading.Refused>(BundleReader.Read([File("data.yaml", "a: [1"), File("p.rego", "package p")], BundleOptions.Default));
        var broken = new BundleOptions { YamlToJson = _ => throw new FormatException("line 1") };
        var refused = Assert.IsType<BundleReading.Refused>(BundleReader.Read(files, broken));
        Assert.Equal("is not YAML: line 1", Assert.Single(refused.Problems).Message);
    }

    [Theory]
    [InlineData("../p.rego")]
    [InlineData("a/../../p.rego")]
    [InlineData("a//p.rego")]
    [InlineData("a\\p.rego")]
    public async Task A_path_that_leaves_the_bundle_is_refused(string path)
    {
        var reading = await ReadArchive(Archive((path, "package p"), ("ok.rego", "package ok")), BundleOptions.Default);
        Assert.Equal(path, Assert.Single(Assert.IsType<BundleReading.Refused>(reading).Problems).Path);
    }

    [Theory]
    [InlineData("a/\n.rego")]
    [InlineData("")]
    [InlineData("a/..")]
    public void A_path_with_control_characters_or_without_a_name_is_refused(string path) =>
        Assert.Equal(path, Assert.Single(Refused((path, "package p"), ("ok.rego", "package ok"))).Path);

    [Fact]
    public async Task A_link_in_an_archive_is_refused()
    {
        using var bytes = new MemoryStream();
        await using (var zip = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
        await using (var tar = new TarWriter(zip, leaveOpen: true))
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "p.rego") { LinkName = "/etc/passwd" },
                TestContext.Current.CancellationToken);
        var reading = await ReadArchive(bytes.ToArray(), BundleOptions.Default);
        Assert.Contains(Assert.IsType<BundleReading.Refused>(reading)
            .Problems, problem => problem.Message.StartsWith("is a link", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_archive_that_unpacks_to_too_much_is_refused()
    {
        var small = new BundleOptions { Limits = new BundleLimits { TotalBytes = 1024 } };
        var readme = await ReadArchive(Archive(("README.md", new string('x', 100_000)), ("p.rego", "package p")), small);
        Assert.Contains("unpacks to far too much", Assert.Single(Assert.IsType<BundleReading.Refused>(readme).Problems)
            .Message, StringComparison.Ordinal);
        var modules = await ReadArchive(Archive(("p.rego", new string('#', 700)), ("q.rego", new string('#', 700))), small);
        Assert.Contains("more than", Assert.Single(Assert.IsType<BundleReading.Refused>(modules).Problems)
            .Message, StringComparison.Ordinal);
        var file =
            await ReadArchive(Archive(("p.rego", new string('#', 700))),
            new BundleOptions { Limits = new BundleLimits { FileBytes = 699 } });
        Assert.Equal("has 700 bytes; 699 are allowed", Assert.IsType<BundleReading.Refused>(file).Problems[0].Message);
    }

    [Fact]
    public async Task A_file_that_stands_twice_in_an_archive_is_refused_whatever_its_path_begins_with()
    {
        var reading = await ReadArchive(Archive(("p.rego", "package p"), ("/p.rego", "package q")), BundleOptions.Default);
        var problem = Assert.Single(Assert.IsType<BundleReading.Refused>(reading).Problems);
        Assert.Equal(("p.rego", "stands in the bundle more than once"), (problem.Path, problem.Message));
    }

    [Theory]
    [InlineData(TarEntryType.HardLink, "is a link")]
    [InlineData(TarEntryType.Fifo, "is a device, a pipe")]
    [InlineData(TarEntryType.CharacterDevice, "is a device, a pipe")]
    public async Task What_is_no_plain_file_in_an_archive_is_refused(TarEntryType kind, string reason)
    {
        using var bytes = new MemoryStream();
        await using (var zip = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
        await using (var tar = new TarWriter(zip, leaveOpen: true))
        {
            var entry = new PaxTarEntry(kind, "p.rego");
            if (kind == TarEntryType.HardLink) entry.LinkName = "q.rego";
            await tar.WriteEntryAsync(entry, TestContext.Current.CancellationToken);
        }

        var refused = Assert.IsType<BundleReading.Refused>(await ReadArchive(bytes.ToArray(), BundleOptions.Default));
        Assert.Contains(refused.Problems, problem => problem.Message.StartsWith(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Folders_need_not_stand_in_the_archive_and_may()
    {
        using var bytes = new MemoryStream();
        await using (var zip = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
        await using (var tar = new TarWriter(zip, leaveOpen: true))
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, "b/"), TestContext.Current.CancellationToken);
            foreach (var path in (string[])["a/deep/p.rego", "b/q.rego"])
            {
                using var content = new MemoryStream("package p\n"u8.ToArray());
                await tar.WriteEntryAsync(
                    new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = content }, TestContext.Current.CancellationToken);
            }
        }

        var bundle = Assert.IsType<BundleReading.Complete>(await ReadArchive(bytes.ToArray(), BundleOptions.Default)).Bundle;
        Assert.Equal(["a/deep/p.rego", "b/q.rego"], bundle.Modules.Select(module => module.Path));
    }

    [Fact]
    public void Names_can_be_passed_over_and_every_data_file_taken()
    {
        BundleFile[] files = [File("a/settings.json", "{\"x\": 1}"), File("a/p.rego", "package a"), File("a/p_test.rego", "package a")];
        var options = new BundleOptions { Ignore = ["*_test.rego"], TakesAllData = true };
        var bundle = Assert.IsType<BundleReading.Complete>(BundleReader.Read(files, options)).Bundle;
        Assert.Equal(["a/p.rego"], bundle.Modules.Select(module => module.Path));
        Assert.Equal("{\"a\":{\"x\":1}}", Encoding.UTF8.GetString(bundle.Data.Span));
    }

    [Fact]
    public async Task What_is_written_is_read_again_and_is_the_same_bytes_each_time()
    {
        var bundle = Complete(("a/p.rego", "package a\n"), ("data.json", "{\"k\": [1]}"), (".manifest", "{\"revision\": \"7\"}"));
        var archives = new List<byte[]>();
        for (var i = 0; i < 2; i++)
        {
            using var output = new MemoryStream();
            await BundleWriter.WriteAsync(bundle, null, output, TestContext.Current.CancellationToken);
            archives.Add(output.ToArray());
        }

        Assert.Equal(archives[0], archives[1]);
        var again = Assert.IsType<BundleReading.Complete>(await ReadArchive(archives[0], BundleOptions.Default)).Bundle;
        Assert.Equal((bundle.Revision, "7"), (again.Revision, again.Manifest.Revision));
    }

    [Fact]
    public async Task What_is_not_an_archive_or_is_cut_off_is_refused()
    {
        var whole = Archive(("p.rego", "package p"), ("q.rego", new string('#', 4000)));
        Assert.IsType<BundleReading.Refused>(await ReadArchive("not gzip"u8.ToArray(), BundleOptions.Default));
        Assert.IsType<BundleReading.Refused>(await ReadArchive(whole[..(whole.Length / 2)], BundleOptions.Default));
        Assert.IsType<BundleReading.Refused>(await ReadArchive([], BundleOptions.Default));
    }

    [Fact]
    public async Task A_folder_and_an_archive_with_the_same_files_are_the_same_revision()
    {
        using var folder = new ScratchFolder();
        folder.Write("a/p.rego", "package a.p\n");
        folder.Write("data.json", "{}");
        folder.Write("README.md", "passed over");
        folder.Write(".git/p.rego", "no policy");
        var token = TestContext.Current.CancellationToken;
        var fromFolder =
            Assert.IsType<BundleReading.Complete>(await BundleReader.ReadAsync(folder.Path, BundleOptions.Default, token)).Bundle;
        var reading = await ReadArchive(Archive(("/data.json", "{}"), ("./a/p.rego", "package a.p\n")), BundleOptions.Default);
        var fromArchive = Assert.IsType<BundleReading.Complete>(reading).Bundle;
        Assert.Equal(["a/p.rego", "data.json"], fromFolder.Files.Select(file => file.Path));
        Assert.Equal(fromFolder.Revision, fromArchive.Revision);
        Assert.Equal(fromFolder.Data.ToArray(), fromArchive.Data.ToArray());
    }

    [Fact]
    public async Task Nothing_at_the_path_is_a_refusal()
    {
        var reading =
            await BundleReader.ReadAsync("/no/such/bundle", BundleOptions.Default, TestContext.Current.CancellationToken);
        Assert.Contains("/no/such/bundle", Assert.Single(Assert.IsType<BundleReading.Refused>(reading).Problems)
            .Message, StringComparison.Ordinal);
        Assert.IsType<BundleReading.Refused>(BundleReader.Read([], BundleOptions.Default));
    }

    [Fact]
    public void A_module_that_is_not_UTF8_is_refused()
    {
        var reading = BundleReader.Read([new BundleFile("p.rego", new byte[] { 0xff, 0xfe })], BundleOptions.Default);
        Assert.Equal("is not UTF-8, which Rego is written in",
            Assert.Single(Assert.IsType<BundleReading.Refused>(reading).Problems).Message);
    }

    [Fact]
    public void The_revision_is_what_sha256sum_says()
    {
        var bundle = Complete(("b.rego", "package b"), ("a.rego", "package a"));
        var lines = $"{Hex("package a")}  a.rego\n{Hex("package b")}  b.rego\n";
        Assert.Equal("sha256:" + Hex(lines), bundle.Revision);
        Assert.NotEqual(bundle.Revision, Complete(("b.rego", "package b"), ("c.rego", "package a")).Revision);
    }

    private static string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static BundleFile File(string path, string content) => new(path, Encoding.UTF8.GetBytes(content));

    private static PolicyBundle Complete(params (string Path, string Content)[] files) =>
        Assert.IsType<BundleReading.Complete>(BundleReader.Read(
            [.. files.Select(file => File(file.Path, file.Content))], BundleOptions.Default)).Bundle;

    private static IReadOnlyList<BundleProblem> Refused(params (string Path, string Content)[] files) =>
        Assert.IsType<BundleReading.Refused>(BundleReader.Read(
            [.. files.Select(file => File(file.Path, file.Content))], BundleOptions.Default)).Problems;

    private static async Task<BundleReading> ReadArchive(byte[] bytes, BundleOptions options)
    {
        using var stream = new MemoryStream(bytes);
        return await BundleReader.ReadArchiveAsync(stream, options, TestContext.Current.CancellationToken);
    }

    private static byte[] Archive(params (string Path, string Content)[] files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
        using (var tar = new TarWriter(zip, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                var stream = new MemoryStream(Encoding.UTF8.GetBytes(content));
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = stream });
            }
        }

        return bytes.ToArray();
    }
}
