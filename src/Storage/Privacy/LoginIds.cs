using System.Text.Json;

namespace GitOpsGate.Storage.Privacy;

/// <summary>The ids of accounts that had a login, in the order in which they were met.</summary>
internal sealed class LoginIds(string login)
{
    private readonly List<string> _ids = [];

    public IReadOnlyList<string> All => _ids;

    /// <exception cref="JsonException">It is not JSON.</exception>
    public void Take(string json)
    {
        using var document = JsonDocument.Parse(json);
        Walk(document.RootElement);
    }

    private void Walk(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) Walk(item);
        }

        if (value.ValueKind != JsonValueKind.Object) return;
        var isIt = value.TryGetProperty("login", out var name) && name.ValueKind == JsonValueKind.String
            && string.Equals(name.GetString(), login, StringComparison.OrdinalIgnoreCase);
        if (isIt && value.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && !_ids.Contains(id.GetString()!))
            _ids.Add(id.GetString()!);
        foreach (var member in value.EnumerateObject()) Walk(member.Value);
    }
}
