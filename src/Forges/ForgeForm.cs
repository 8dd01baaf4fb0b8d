using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Forges;

/// <summary>A form as <c>multipart/form-data</c> (RFC 7578): text fields in UTF-8, in their order. The same fields are the same bytes.</summary>
/// <param name="Fields">Name and value; the names are ours, and hold neither quotes nor line breaks.</param>
public sealed record ForgeForm(IReadOnlyList<(string Name, string Value)> Fields)
{
    // No chance is needed for a line that no value holds: a value cannot hold the digest of itself.
    private readonly string _boundary = "gate-" + Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', Fields.Select(field => $"{field.Name}\0{field.Value}")))));

    /// <summary>The value of <c>Content-Type</c>.</summary>
    public string ContentType => $"multipart/form-data; boundary={_boundary}";

    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in Fields)
        {
            text.Append($"--{_boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }

        return Encoding.UTF8.GetBytes(text.Append($"--{_boundary}--\r\n").ToString());
    }
}
