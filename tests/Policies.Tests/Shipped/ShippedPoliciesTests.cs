using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.OpaServer;
using GitOpsGate.Policies.Rego.Testing;
using GitOpsGate.Policies.Tests.OpaServer;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.Shipped;

public sealed class ShippedPoliciesTests
{
    public static TheoryData<string> InputNames =>
        [.. Directory.EnumerateFiles(ShippedPolicies.Inputs, "*.json").Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_shipped_test_passes_in_the_embedded_engine()
    {
        var bundle = await ShippedPolicies.ReadAsync();
        var report =
            RegoTestRunner.Run(ShippedPolicies.Modules(bundle), ShippedPolicies.Data(bundle), new RegoTestOptions(), Token);
        Assert.Empty(report.Errors);
        Assert.Empty(report.Results.Where(result => result.Outcome != RegoTestOutcome.Passed)
            .Select(result => $"{result.Package}.{result.Name}: {result.Outcome} {result.Error}"));
        Assert.True(report.Results.Count >= 40, $"{report.Results.Count} tests were found; 40 and more would be right");
    }

    [Fact]
    public async Task Every_package_but_the_library_can_be_asked_for_deny_and_warn()
    {
        var engine = ShippedPolicies.Compile(await ShippedPolicies.ReadAsync());
        var asked =
            engine.Packages.Where(package => !package.StartsWith("data.lib.", StringComparison.Ordinal) && package != "data.lib");
        foreach (var package in asked.Where(package => !package.EndsWith("tests", StringComparison.Ordinal)
            && !package.EndsWith("_test", StringComparison.Ordinal)))
            Assert.Superset(new HashSet<string> { "deny", "warn" }, engine.RulesIn(package).ToHashSet());
    }

    [Theory]
    [MemberData(nameof(InputNames))]
    public async Task Decisions_about_realistic_inputs_are_as_they_were(string name)
    {
        var engine = ShippedPolicies.Compile(await ShippedPolicies.ReadAsync());
        var input = Input(name);
        var lines = new StringBuilder();
        foreach (var query in ShippedPolicies.Queries(engine)
            .Where(query => !query.EndsWith("findings", StringComparison.Ordinal)))
        {
            var shown = ShippedPolicies.Show(await engine.DecideAsync(query, input, Token));
            Assert.DoesNotContain("failed:", shown, StringComparison.Ordinal);
            if (shown != "[]")
                lines.Append(query).Append('\n').Append("  ")
                    .AppendLine(shown.Replace("},{", "}\n  {", StringComparison.Ordinal));
        }

        Golden.Matches(name + ".txt", lines.ToString());
    }

    [Theory]
    [MemberData(nameof(InputNames))]
    public async Task Both_engines_decide_alike(string name)
    {
        using var http = new HttpClient(new SocketsHttpHandler());
        using var server = await RealOpa.StartAsync(http);
        var bundle = await ShippedPolicies.ReadAsync();
        var embedded = ShippedPolicies.Compile(bundle);
        var connection = await OpaServerEngine.PushAsync(http, new OpaServerOptions { Address = server.Address }, bundle, Token);
        var opa = Assert.IsType<OpaConnection.Ready>(connection).Engine;
        Assert.Equal(embedded.BundleRevision, opa.BundleRevision);
        Assert.Equal(opa.Packages, embedded.Packages.Where(package => opa.Packages.Contains(package)));
        foreach (var package in opa.Packages) Assert.Equal(opa.RulesIn(package), embedded.RulesIn(package));
        var queries = ShippedPolicies.Queries(opa).ToList();
        Assert.NotEmpty(queries);
        foreach (var query in queries)
        {
            var expected = ShippedPolicies.Show(await opa.DecideAsync(query, Input(name), Token));
            Assert.Equal(expected, ShippedPolicies.Show(await embedded.DecideAsync(query, Input(name), Token)));
        }
    }

    [Fact]
    public async Task A_real_OPA_runs_the_tests_and_finds_the_policies_strict_and_formatted()
    {
        foreach (string[] command in (string[][])[["test"], ["test", "-b"], ["check", "--strict"]])
        {
            var (code, output) = await RealOpa.RunAsync([.. command, ShippedPolicies.Folder]);
            Assert.True(code == 0, output);
        }

        var (_, unformatted) = await RealOpa.RunAsync("fmt", "--list", ShippedPolicies.Folder);
        Assert.Equal("", unformatted);
    }

    [Theory]
    [MemberData(nameof(InputNames))]
    public void The_inputs_of_changes_have_the_fields_that_the_schema_declares(string name)
    {
        if (!name.StartsWith("change-", StringComparison.Ordinal)) return;
        using var schema =
            JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ShippedPolicies.Folder, "schemas", "input.v1.json")));
        using var input = JsonDocument.Parse(Input(name).Json);
        var wrong = new List<string>();
        Compare(schema.RootElement, schema.RootElement, input.RootElement, "input", wrong);
        Assert.Empty(wrong);
    }

    private static PolicyInput Input(string name) =>
        PolicyInput.FromJson(File.ReadAllBytes(Path.Combine(ShippedPolicies.Inputs, name + ".json")));

    /// <summary>The part of JSON Schema that our schema uses: fields, items, references, enumerations.</summary>
    private static void Compare(JsonElement root, JsonElement schema, JsonElement value, string at, List<string> wrong)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            schema = root.GetProperty("$defs").GetProperty(reference.GetString()!.Split('/')[^1]);
        if (schema.TryGetProperty("enum", out var allowed)
            && !allowed.EnumerateArray().Any(one => one.ToString() == value.ToString()))
            wrong.Add($"{at} is `{value}`");
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var item in value.EnumerateArray()) Compare(root, items, item, at + "[]", wrong);
        }

        if (value.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties)) return;
        if (schema.TryGetProperty("required", out var required))
            wrong.AddRange(required.EnumerateArray().Where(field => !value.TryGetProperty(field.GetString()!, out _))
                .Select(field => $"{at}.{field} is missing"));
        foreach (var field in value.EnumerateObject())
        {
            if (properties.TryGetProperty(field.Name, out var declared))
                Compare(root, declared, field.Value, $"{at}.{field.Name}", wrong);
            else wrong.Add($"{at}.{field.Name} is not declared");
        }
    }
}
