using System.Collections.Immutable;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Configuration;

/// <summary>A witness of <c>gate.yaml</c>: who cosigns the audit log's checkpoints.</summary>
/// <param name="Name">Ours for it.</param>
/// <param name="Key">What its lines verify with.</param>
/// <param name="Address">Its submission prefix (C2SP tlog-witness), with a slash at the end.</param>
public sealed record WitnessSource(string Name, NoteKey Key, Uri Address)
{
    /// <summary>Whether it may have a private or loopback address, and may be reached without TLS.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Its key's name and hash: what its lines are kept under.</summary>
    public string Id => $"{Key.Name}+{Key.Id:x8}";
}

/// <summary>The witnesses of the audit log, and how many make a quorum.</summary>
public sealed record WitnessSettings
{
    /// <summary>Nobody cosigns.</summary>
    public static WitnessSettings None { get; } = new();

    public ImmutableArray<WitnessSource> Sources { get; init; } = [];

    /// <summary>How many of them must have cosigned a checkpoint; 0 where there is none.</summary>
    public int Quorum { get; init; }

    /// <summary>Whether the gateway starts only when a quorum has confirmed its log.</summary>
    public bool IsRequired { get; init; }
}

/// <summary>Reads <c>witnesses</c>, <c>quorum</c> and <c>requireWitness</c> below <c>audit</c> of <c>gate.yaml</c>.</summary>
internal static class WitnessReader
{
    // A note has room for a hundred lines, and ours are among them.
    private const int Most = 32;

    public static WitnessSettings Read(Fields audit)
    {
        ImmutableArray<WitnessSource> sources = [.. audit.Each("witnesses").Select(One)];
        Unique(audit, sources);
        if (sources.Length > Most) audit.Refuse(audit.LineOf("witnesses"), $"`witnesses` are {sources.Length}; at most {Most} have room below a checkpoint");
        var quorum = audit.Number("quorum", (sources.Length / 2) + 1, 1, Most);
        var isRequired = audit.Flag("requireWitness", false);
        if (sources.IsEmpty)
        {
            foreach (var key in (string[])["quorum", "requireWitness"])
            {
                if (audit.Part(key) is not null) audit.Refuse(audit.LineOf(key), $"`{key}` is there, but no `witnesses` are");
            }

            return WitnessSettings.None;
        }

        if (quorum > sources.Length) audit.Refuse(audit.LineOf("quorum"), $"`quorum` is {quorum}, but there are {sources.Length} `witnesses`; that many or fewer would be right");
        return new WitnessSettings { Sources = sources, Quorum = quorum, IsRequired = isRequired };
    }

    private static WitnessSource One(Fields fields)
    {
        var name = RuleFileReader.Name(fields, "audit-firm");
        if (name == "none") fields.Refuse(fields.LineOf("name"), "`none` is no name of a witness: in a policy it stands for nobody");
        var key = Key(fields);
        var allowPrivate = fields.Flag("allowPrivate", false);
        var source = new WitnessSource(name, key, Address(fields, allowPrivate)) { AllowPrivate = allowPrivate };
        fields.Done();
        return source;
    }

    private static NoteKey Key(Fields fields)
    {
        var text = fields.Needed("vkey", "w.example.org/w+1a2b3c4d+BA…");
        try
        {
            var key = NoteKey.Parse(text);
            if (key.Algorithm is NoteAlgorithm.CosignatureV1 or NoteAlgorithm.MlDsa44) return key;
            fields.Refuse(fields.LineOf("vkey"), "`vkey` is no witness' key: one whose signatures tell the time (type 4 or 6) would be right");
        }
        catch (FormatException trouble)
        {
            if (text.Length > 0) fields.Refuse(fields.LineOf("vkey"), $"`vkey`: {trouble.Message}");
        }

        return NoteKey.Of("invalid", NoteAlgorithm.CosignatureV1, new byte[Ed25519.KeyLength]);
    }

    private static Uri Address(Fields fields, bool allowPrivate)
    {
        const string Example = "https://witness.example.org/";
        var text = fields.Needed("url", Example);
        var isAddress = Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "https" or "http"
            && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0 && address.Host.Length > 0;
        if (isAddress && address!.Scheme == "http" && !allowPrivate)
            fields.Refuse(fields.LineOf("url"), "`url` should begin with `https://`; `allowPrivate: true` would let it go without TLS, within your own network");
        if (isAddress) return address!;
        if (text.Length > 0) fields.Refuse(fields.LineOf("url"), $"`url` should be an address such as `{Example}`, without `add-checkpoint`");
        return new Uri("https://invalid.invalid/");
    }

    private static void Unique(Fields audit, ImmutableArray<WitnessSource> sources)
    {
        foreach (var twice in sources.Where(one => one.Name.Length > 0).GroupBy(one => one.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
            audit.Refuse(audit.LineOf("witnesses"), $"witness `{twice.Key}` stands twice; give each its own name");
        // One key under two names would be two of a quorum.
        foreach (var twice in sources.Where(one => one.Key.Name != "invalid").GroupBy(one => Convert.ToHexStringLower(one.Key.Material.Span)).Where(group => group.Count() > 1))
        {
            var names = string.Join("` and `", twice.Select(one => one.Name));
            audit.Refuse(audit.LineOf("witnesses"), $"witnesses `{names}` have the same key; each counts once, so give each its own");
        }
    }
}
