using System.Text.Json;
using GitOpsGate.Testing;

namespace GitOpsGate.Gate.Tests.Audit.Vectors;

/// <summary>Where vectors are: what others published is read where it lies, what we derived is committed here.</summary>
internal static class VectorFile
{
    private const string Folder = "vectors/published";

    public static bool ArePublishedHere => Shared.Locate(Folder) is not null;

    /// <summary>A file that others published; ask <see cref="ArePublishedHere"/> before.</summary>
    public static JsonElement Published(string name) =>
        Read(Shared.Locate($"{Folder}/{name}") ?? throw new FileNotFoundException($"`{Folder}/{name}` is not here"));

    /// <summary>A file that we derived with an implementation that shares nothing with the gate's.</summary>
    public static JsonElement Derived(string name) => Read(Path.Combine(Shared.RepositoryRoot, "tests/Gate.Tests/Audit/Vectors/Derived", name));

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static IEnumerable<string> Texts(this JsonElement element, string name) =>
        element.GetProperty(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Select(one => one.GetString()!) : [];

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) => element.GetProperty(name).EnumerateArray();

    public static long Number(this JsonElement element, string name) => element.GetProperty(name).GetInt64();

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.Text(name));

    /// <summary>Hashes in base 64; none where there is nothing.</summary>
    public static byte[][] Hashes(this JsonElement element, string name) => [.. element.Texts(name).Select(Convert.FromBase64String)];

    private static JsonElement Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }
}
