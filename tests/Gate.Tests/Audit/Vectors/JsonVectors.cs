using System.Text;
using GitOpsGate.Audit;

namespace GitOpsGate.Gate.Tests.Audit.Vectors;

/// <summary>Canonical JSON: what RFC 8785's author published, where our restricted form knows it, and what we derived.</summary>
internal static class JsonVectors
{
    public static Task Published(Tally tally)
    {
        var known = 0;
        foreach (var one in VectorFile.Published("jcs_rfc8785.json").Items("cases"))
        {
            var canonical = ReadOnlyMemory<byte>.Empty;
            // Fractions and nulls have no place in a leaf: a text with one is refused, and so no case here.
            if (!Tally.Accepts(() => canonical = CanonicalJson.Of(Encoding.UTF8.GetBytes(one.Text("input"))))) continue;
            known++;
            tally.Check(Encoding.UTF8.GetString(canonical.Span) == one.Text("output").Trim('\n'), one.Text("name"));
        }

        tally.Check(known >= 3, $"only {known} cases are of the restricted form");
        return Task.CompletedTask;
    }

    public static Task Derived(Tally tally)
    {
        foreach (var one in VectorFile.Derived("leaf_jcs.json").Items("cases"))
        {
            var canonical = CanonicalJson.Of(Encoding.UTF8.GetBytes(one.GetProperty("in").GetRawText()));
            tally.Check(canonical.Span.SequenceEqual(one.Hex("utf8_hex")) && Encoding.UTF8.GetString(canonical.Span) == one.Text("out"), one.Text("out"));
        }

        return Task.CompletedTask;
    }

    /// <summary>Beyond the reference: what has no canonical form.</summary>
    public static Task Refused(Tally tally)
    {
        foreach (var text in VectorFile.Derived("leaf_jcs.json").Texts("reject")) tally.Refused(() => CanonicalJson.Of(Encoding.UTF8.GetBytes(text)), text);
        return Task.CompletedTask;
    }
}
