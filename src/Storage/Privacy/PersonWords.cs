using System.Text.Json;

namespace GitOpsGate.Storage.Privacy;

/// <summary>Gathers what an account was called: its logins, and the names and addresses of commits that stand beside them.</summary>
internal sealed class PersonWords(string personId)
{
    private readonly HashSet<string> _logins = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _others = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<string> All => _logins.Concat(_others);

    public void Add(string login)
    {
        if (login.Length > 0) _logins.Add(login);
    }

    /// <summary>Takes what a JSON text says of the account; what is no JSON says nothing.</summary>
    public void Take(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            Walk(document.RootElement);
        }
        catch (JsonException)
        {
            // A body need not be JSON.
        }
    }

    private void Walk(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) Walk(item);
        }

        if (value.ValueKind != JsonValueKind.Object) return;
        var login = TextOf(value, "login");
        if (login.Length > 0 && personId.Length > 0 && TextOf(value, "id") == personId) _logins.Add(login);
        if (_logins.Contains(login))
        {
            Keep(TextOf(value, "name"));
            Keep(TextOf(value, "email"));
        }

        foreach (var member in value.EnumerateObject()) Walk(member.Value);
    }

    private void Keep(string text)
    {
        if (text.Length > 0) _others.Add(text);
    }

    private static string TextOf(JsonElement value, string name) =>
        value.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString()! : "";
}
