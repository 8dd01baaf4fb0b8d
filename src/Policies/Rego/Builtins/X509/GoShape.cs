using System.Globalization;
using System.Numerics;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>
/// Builds an object as Go's encoding/json shows a struct: a list without items is null, bytes are base64, an object identifier is a
/// list of numbers.
/// </summary>
internal sealed class GoShape
{
    private readonly RegoObjectBuilder _fields = new(16);

    public static RegoValue Bytes(byte[] bytes) => RegoValue.Of(Convert.ToBase64String(bytes));

    public static RegoValue Big(ReadOnlyMemory<byte> unsigned) =>
        RegoValue.Of(new BigInteger(unsigned.Span, isUnsigned: true, isBigEndian: true));

    public static RegoValue Identifier(string dotted) =>
        RegoValue.ArrayOf([.. dotted.Split('.').Select(part => RegoValue.Of(BigInteger.Parse(part, CultureInfo.InvariantCulture)))]);

    public void Set(string name, RegoValue value) => _fields.Set(name, value);

    public void Set(string name, long value) => _fields.Set(name, RegoValue.Of(value));

    public void Set(string name, bool value) => _fields.Set(name, RegoValue.Of(value));

    public void Set(string name, byte[]? value) => _fields.Set(name, value is null ? RegoValue.Null : Bytes(value));

    public void List(string name, IEnumerable<RegoValue> items)
    {
        RegoValue[] all = [.. items];
        _fields.Set(name, all.Length == 0 ? RegoValue.Null : RegoValue.ArrayOf(all));
    }

    public void Strings(string name, IEnumerable<string> items) => List(name, items.Select(RegoValue.Of));

    public RegoValue Build() => RegoValue.Of(_fields.Build());
}
