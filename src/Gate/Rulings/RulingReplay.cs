using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>What making a ruling again came to.</summary>
/// <param name="Again">The ruling as it was made now, or null when its evidence cannot be read.</param>
/// <param name="Differences">What is not as it was, each in one line; empty when every byte is the same.</param>
public sealed record Replayed(Ruling? Again, ImmutableArray<string> Differences)
{
    /// <summary>Whether the ruling, its evidence and its entry in the audit log came out byte for byte.</summary>
    public bool IsSame => Differences.IsEmpty;
}

/// <summary>
/// Makes a stored ruling again from its evidence, the rules and bundles of its digests, and what its policies were told of the world; no
/// forge, no clock and no chance has a part in it. Safe to call concurrently.
/// </summary>
public sealed class RulingReplay(GateConfiguration configuration, IPolicyEngines engines)
{
    private static readonly JsonSerializerOptions ForPeople = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Makes it again and compares.</summary>
    /// <param name="then">The ruling as it was stored.</param>
    /// <param name="evidence">Its evidence, byte for byte as it was stored.</param>
    /// <param name="leaf">The bytes of its entry in the audit log.</param>
    public async Task<Replayed> AgainAsync(
        Ruling then, ReadOnlyMemory<byte> evidence, ReadOnlyMemory<byte> leaf, CancellationToken cancellation)
    {
        var differences = ImmutableArray.CreateBuilder<string>();
        if (EvidenceInput.Digest(evidence) is var digest && digest != then.EvidenceDigest)
            differences.Add($"the stored evidence has the digest `{digest}`; the ruling rests on `{then.EvidenceDigest}`");
        Evidence facts;
        try
        {
            facts = EvidenceReader.Read(evidence);
        }
        catch (InvalidDataException trouble)
        {
            differences.Add(trouble.Message);
            return new Replayed(null, differences.ToImmutable());
        }

        var replay = new ReplayEngines(engines, then);
        var (again, canonical) = await new Judge(configuration, replay).JudgeAsync(facts, then.Id, then.RuledAt, cancellation);
        // A version that did not keep it did not say it.
        if (then.ServerDigest is null) again = again with { ServerDigest = null };
        differences.AddRange(Causes(then, again, replay));
        if (!canonical.Span.SequenceEqual(evidence.Span)) differences.Add("the evidence, written again, is not as it was stored");
        differences.AddRange(Members(then, again));
        if (!LeafOf(again, leaf).Span.SequenceEqual(leaf.Span)) differences.Add("the entry in the audit log would not be as it is");
        return new Replayed(again, differences.ToImmutable());
    }

    /// <summary>Why the ruling may come out otherwise: told before what did.</summary>
    private static IEnumerable<string> Causes(Ruling then, Ruling again, ReplayEngines replay)
    {
        if (again.RulesDigest != then.RulesDigest)
        {
            yield return $"the rules of `gate.yaml` are others now (`{again.RulesDigest}`); those of the ruling (`{then.RulesDigest}`) would be right";
        }

        foreach (var use in then.Bundles)
        {
            if (replay.Find(use.Name) is { Engine: null, Why: var why }) yield return $"bundle `{use.Name}` cannot be asked: {why}";
        }

        foreach (var unused in replay.Unused) yield return $"what was asked of the world then was not asked now: {unused}";
    }

    private static IEnumerable<string> Members(Ruling then, Ruling again)
    {
        var (was, now) = (StoredForm.Write(then), StoredForm.Write(again));
        if (was == now) yield break;
        using var before = JsonDocument.Parse(was);
        using var after = JsonDocument.Parse(now);
        var names = before.RootElement.EnumerateObject().Concat(after.RootElement.EnumerateObject()).Select(member => member.Name).Distinct();
        foreach (var name in names)
        {
            var (one, other) = (TextOf(before.RootElement, name), TextOf(after.RootElement, name));
            if (one != other) yield return $"`{name}` was {Shorten(one)} and is {Shorten(other)}";
        }
    }

    private static string TextOf(JsonElement ruling, string name) =>
        ruling.TryGetProperty(name, out var member) ? JsonSerializer.Serialize(member, ForPeople) : "nothing";

    private static string Shorten(string text) => text.Length <= 200 ? text : text[..200] + "…";

    // All that the log added stays; what the ruling says of itself is said anew.
    private static ReadOnlyMemory<byte> LeafOf(Ruling again, ReadOnlyMemory<byte> leaf)
    {
        var fields = LeafFields.Read(leaf);
        return new PlacedEntry(fields.Index, fields.Id, fields.At, fields.Tenant, RulingEntries.Decided(again), fields.Numbers).ToBytes();
    }
}
