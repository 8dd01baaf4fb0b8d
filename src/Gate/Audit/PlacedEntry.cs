using System.Collections.Immutable;
using System.Globalization;

namespace GitOpsGate.Audit;

/// <summary>
/// An entry at its place in a log. Its bytes are the leaf that is hashed and stored; nobody ever needs to write them again to verify.
/// </summary>
/// <param name="Index">The leaf's index, from 0.</param>
/// <param name="Id">A ULID, unique in the log.</param>
/// <param name="At">When it was recorded; never before the entry before it.</param>
/// <param name="Tenant">The opaque name of the log's owner.</param>
/// <param name="Draft">What it says.</param>
/// <param name="Numbers">The entry's number in each of its populations.</param>
public sealed record PlacedEntry(
    long Index, string Id, DateTimeOffset At, string Tenant, AuditDraft Draft, ImmutableSortedDictionary<string, long> Numbers)
{
    /// <summary>The most bytes that a leaf may have.</summary>
    public const int MaxLength = 16_384;

    /// <summary>RFC 3339 in UTC with three decimals: how times stand in a leaf.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private const int FormatVersion = 1;

    /// <summary>The entry as canonical JSON (RFC 8785, restricted) in UTF-8, members in the order of their names.</summary>
    /// <exception cref="FormatException">A text is not valid Unicode, a number is too large, or the whole is longer than a leaf.</exception>
    public ReadOnlyMemory<byte> ToBytes()
    {
        var writer = new CanonicalWriter();
        writer.BeginObject();
        if (Draft.Actor is { } actor) Pairs(writer, "actor", ("kind", actor.Kind), ("ref", actor.Reference));
        Attributes(writer);
        if (Draft.Causes.Length > 0) List(writer, "cause", Draft.Causes);
        if (Draft.Correlation is { } correlation) Text(writer, "corr", correlation);
        Text(writer, "id", Id);
        if (Draft.Occurred is { } occurred) Text(writer, "occurred", Time(occurred));
        Text(writer, "outcome", Word(Draft.Outcome));
        Populations(writer);
        SealedSections(writer);
        Number(writer, "seq", Index);
        if (Draft.Subject is { } subject)
            Pairs(writer, "subject", ("digest", subject.Digest), ("kind", subject.Kind), ("ref", subject.Reference));
        Text(writer, "tenant", Tenant);
        Text(writer, "time", Time(At));
        Text(writer, "type", Draft.Type);
        Number(writer, "v", FormatVersion);
        writer.EndObject();
        return writer.Bytes.Length <= MaxLength
            ? writer.Bytes
            : throw new FormatException($"an audit entry of type `{Draft.Type}` has {writer.Bytes.Length} bytes, at most {MaxLength} fit");
    }

    /// <summary>The word of an outcome, as it stands in a leaf.</summary>
    public static string Word(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Error => "error",
        AuditOutcome.Pending => "pending",
        AuditOutcome.Failure => "failure",
        AuditOutcome.Deny => "deny",
        AuditOutcome.Skipped => "skipped",
        AuditOutcome.Allow => "allow",
        AuditOutcome.Success => "success",
    };

    /// <summary>An instant as it stands in a leaf.</summary>
    internal static string Time(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static void Text(CanonicalWriter writer, string name, string value)
    {
        writer.Name(name);
        writer.Text(value);
    }

    private static void Number(CanonicalWriter writer, string name, long value)
    {
        writer.Name(name);
        writer.Number(value);
    }

    private static void List(CanonicalWriter writer, string name, ImmutableArray<string> values)
    {
        writer.Name(name);
        writer.BeginArray();
        foreach (var value in values) writer.Text(value);
        writer.EndArray();
    }

    private static void Pairs(CanonicalWriter writer, string name, params ReadOnlySpan<(string Name, string? Value)> members)
    {
        writer.Name(name);
        writer.BeginObject();
        foreach (var (member, value) in members)
        {
            if (value is not null) Text(writer, member, value);
        }

        writer.EndObject();
    }

    private void Attributes(CanonicalWriter writer)
    {
        if (Draft.Attributes.IsEmpty) return;
        writer.Name("attrs");
        writer.BeginObject();
        foreach (var (name, value) in Draft.Attributes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            switch (value)
            {
                case AuditValue.Text text: Text(writer, name, text.Value); break;
                case AuditValue.Number number: Number(writer, name, number.Value); break;
                case AuditValue.Texts texts: List(writer, name, texts.Values); break;
                case AuditValue.Truth truth:
                    writer.Name(name);
                    writer.Truth(truth.Value);
                    break;
            }
        }

        writer.EndObject();
    }

    private void Populations(CanonicalWriter writer)
    {
        if (Numbers.IsEmpty) return;
        writer.Name("pop");
        writer.BeginObject();
        foreach (var (population, number) in Numbers.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Number(writer, population, number);
        writer.EndObject();
    }

    private void SealedSections(CanonicalWriter writer)
    {
        if (Draft.Sealed.Length == 0) return;
        writer.Name("sealed");
        writer.BeginArray();
        foreach (var section in Draft.Sealed)
        {
            writer.BeginObject();
            Text(writer, "c", section.Commitment);
            Text(writer, "k", section.KeyId);
            Number(writer, "len", section.Length);
            if (section.MediaType is { } mediaType) Text(writer, "mt", mediaType);
            Text(writer, "n", section.Name);
            writer.EndObject();
        }

        writer.EndArray();
    }
}
