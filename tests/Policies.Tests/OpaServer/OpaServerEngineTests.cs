using System.Text;
using GitOpsGate.Policies.Bundles;
using GitOpsGate.Policies.OpaServer;
using GitOpsGate.Policies.Tests.Bundles;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.OpaServer;

public sealed class OpaServerEngineTests : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pushed_bundle_answers_with_value_undefined_and_failure()
    {
        var bundle = Bundle(
            ("a.rego", "package a\n\nimport data.z\n\nok := z.double(input.x)\n\nboth := 1\nboth := 2 if input.x\n"),
            ("z.rego", "package z\n\ndouble(x) := 2 * x\n"),
            ("z_test.rego", "package z_test\n\ntest_double if data.z.double(1) == 2\n"),
            ("data.json", """{"colours": {"a-b": "red"}}"""));
        using var server = await RealOpa.StartAsync(_http);
        var engine = await PushAsync(server, bundle);
        Assert.Equal("opa", engine.Name);
        Assert.Equal(bundle.Revision, engine.BundleRevision);
        Assert.Equal(["data.a"], engine.Packages);
        Assert.Equal(["both", "ok"], engine.RulesIn("data.a"));
        Assert.Empty(engine.RulesIn("data.no"));
        Assert.Equal("42", await ValueAsync(engine, "data.a.ok", """{"x": 21}"""));
        Assert.Equal("\"red\"", await ValueAsync(engine, """data.colours["a-b"]""", "{}"));
        Assert.IsType<Decision.Undefined>(await DecideAsync(engine, "data.a.ok", "{}"));
        var failed = Assert.IsType<Decision.Failed>(await DecideAsync(engine, "data.a.both", """{"x": 1}"""));
        Assert.Equal("eval_conflict_error", failed.Code);
        Assert.Equal(("gitopsgate/a.rego", 8), (failed.Place!.File, failed.Place.Row));
    }

    [Fact]
    public async Task A_second_push_replaces_the_first_and_may_be_repeated()
    {
        using var server = await RealOpa.StartAsync(_http);
        await PushAsync(server, Bundle(("old.rego", "package old\n\nx := 1\n"), ("p.rego", "package p\n\nx := 1\n")));
        var next = Bundle(("p.rego", "package p\n\nx := 2\n"));
        await PushAsync(server, next);
        var engine = await PushAsync(server, next);
        Assert.Equal(["data.p"], engine.Packages);
        Assert.Equal("2", await ValueAsync(engine, "data.p.x", "{}"));
        Assert.IsType<Decision.Undefined>(await DecideAsync(engine, "data.old.x", "{}"));
    }

    [Fact]
    public async Task A_bundle_that_does_not_compile_is_refused_with_OPAs_reason()
    {
        using var server = await RealOpa.StartAsync(_http);
        var bundle = Bundle(("p.rego", "package p\n\nx := no_such_function(1)\n"));
        var connection = await OpaServerEngine.PushAsync(_http, Options(server), bundle, Token);
        var failed = Assert.IsType<OpaConnection.Failed>(connection);
        Assert.Equal("rego_type_error", failed.Code);
        Assert.Contains("no_such_function", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_with_its_own_bundle_is_trusted_and_names_its_revision()
    {
        using var folder = new ScratchFolder();
        folder.Write("bundle/p.rego", "package p\n\nx := 1\n");
        var revision = "sha256:" + new string('a', 64);
        var archive = Path.Combine(folder.Path, "b.tar.gz");
        var (code, output) =
            await RealOpa.RunAsync("build", "-b", Path.Combine(folder.Path, "bundle"), "-r", revision, "-o", archive);
        Assert.True(code == 0, output);
        using var server = await RealOpa.StartAsync(_http, "-b", archive);
        var connection = await OpaServerEngine.TrustAsync(_http, Options(server), null, Token);
        var engine = Assert.IsType<OpaConnection.Ready>(connection).Engine;
        Assert.Equal(revision, engine.BundleRevision);
        Assert.Equal("1", await ValueAsync(engine, "data.p.x", "{}"));
    }

    [Fact]
    public async Task The_shipped_policies_answer_from_a_server()
    {
        var shipped = await BundleReader.ReadAsync(Path.Combine(Shared.RepositoryRoot, "policies"), BundleOptions.Default, Token);
        var bundle = Assert.IsType<BundleReading.Complete>(shipped).Bundle;
        using var server = await RealOpa.StartAsync(_http);
        var engine = await PushAsync(server, bundle);
        Assert.Contains("data.kubernetes", engine.Packages);
        Assert.Contains("deny", engine.RulesIn("data.git.secrets"));
        var pod = """{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": []}}""";
        Assert.Contains("kubernetes/unreadable", await ValueAsync(engine, "data.kubernetes.deny", pod), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bundle_that_OPA_built_is_read_and_a_folder_that_we_read_loads_in_OPA()
    {
        using var folder = new ScratchFolder();
        var archive = Path.Combine(folder.Path, "b.tar.gz");
        var policies = Path.Combine(Shared.RepositoryRoot, "policies");
        var (code, output) = await RealOpa.RunAsync("build", "-b", policies, "--ignore", "*_test.rego", "-o", archive);
        Assert.True(code == 0, output);
        var reading = await BundleReader.ReadAsync(archive, BundleOptions.Default, Token);
        var bundle = Assert.IsType<BundleReading.Complete>(reading).Bundle;
        Assert.Contains("kubernetes", bundle.Manifest.Roots);
        Assert.Contains("\"weights\"", Encoding.UTF8.GetString(bundle.Data.Span), StringComparison.Ordinal);
        Assert.Contains(bundle.Modules, module => module.Path.EndsWith("kubernetes/images.rego", StringComparison.Ordinal));
    }

    public void Dispose() => _http.Dispose();

    private static OpaServerOptions Options(RealOpa server) => new() { Address = server.Address };

    private static PolicyBundle Bundle(params (string Path, string Content)[] files)
    {
        var reading =
            BundleReader.Read([.. files.Select(file => new BundleFile(file.Path, Encoding.UTF8.GetBytes(file.Content)))],
            BundleOptions.Default);
        return Assert.IsType<BundleReading.Complete>(reading).Bundle;
    }

    private static async Task<Decision> DecideAsync(OpaServerEngine engine, string query, string input) =>
        await engine.DecideAsync(query, PolicyInput.FromJson(Encoding.UTF8.GetBytes(input)), Token);

    private static async Task<string> ValueAsync(OpaServerEngine engine, string query, string input) =>
        Encoding.UTF8.GetString(Assert.IsType<Decision.Value>(await DecideAsync(engine, query, input)).Json.Span);

    private async Task<OpaServerEngine> PushAsync(RealOpa server, PolicyBundle bundle)
    {
        var connection = await OpaServerEngine.PushAsync(_http, Options(server), bundle, Token);
        return Assert.IsType<OpaConnection.Ready>(connection).Engine;
    }
}
