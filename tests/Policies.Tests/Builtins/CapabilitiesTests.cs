using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.Builtins;

/// <summary>The document that says what the engine can do, against the one that OPA ships.</summary>
public sealed class CapabilitiesTests
{
    private static readonly string[] Nondeterministic =
    [
        "http.send", "io.jwt.decode_verify", "io.jwt.encode_sign", "io.jwt.encode_sign_raw", "net.lookup_ip_addr", "opa.runtime",
        "rand.intn", "time.now_ns", "uuid.rfc4122",
    ];

    /// <summary>Where ours is the same type in another form: OPA declares an array of a union of one.</summary>
    private static readonly HashSet<string> OtherForm = new(StringComparer.Ordinal) { "net.cidr_merge" };

    private static JsonNode Ours
    {
        get
        {
            var buffer = new ArrayBufferWriter<byte>();
            RegoCapabilities.Write(buffer);
            return JsonNode.Parse(buffer.WrittenSpan)!;
        }
    }

    [Fact]
    public void Exactly_nine_functions_depend_on_the_world()
    {
        var marked = Ours["builtins"]!.AsArray()
            .Where(b => b!["nondeterministic"] is not null).Select(b => b!["name"]!.GetValue<string>());
        Assert.Equal(Nondeterministic, marked);
    }

    [Fact]
    public void Every_declaration_is_that_of_OPA()
    {
        var path = Shared.Locate(Path.Combine("rego", "capabilities-main.json"));
        Assert.SkipWhen(path is null, "the reference data `rego/capabilities-main.json` is not here");
        var theirs = JsonNode.Parse(File.ReadAllText(path!))!;
        var (wanted, given) = (ByName(theirs), ByName(Ours));
        var wrong = wanted.Keys.Union(given.Keys).Except(OtherForm).Order(StringComparer.Ordinal)
            .Where(name => !JsonNode.DeepEquals(wanted.GetValueOrDefault(name), given.GetValueOrDefault(name)))
            .Select(name => $"{name}\n  wanted {Text(wanted, name)}\n  given  {Text(given, name)}");
        Assert.Equal("", string.Join('\n', wrong));
        Assert.True(JsonNode.DeepEquals(theirs["features"], Ours["features"]));
        Assert.True(JsonNode.DeepEquals(theirs["future_keywords"], Ours["future_keywords"]));
    }

    private static Dictionary<string, JsonNode> ByName(JsonNode capabilities) =>
        capabilities["builtins"]!.AsArray().ToDictionary(b => b!["name"]!.GetValue<string>(), b => b!);

    private static string Text(Dictionary<string, JsonNode> all, string name) =>
        all.TryGetValue(name, out var found) ? found.ToJsonString(JsonSerializerOptions.Default) : "nothing";
}
