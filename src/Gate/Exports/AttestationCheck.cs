using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using GitOpsGate.Attestations;
using GitOpsGate.Dispatch;

namespace GitOpsGate.Exports;

/// <summary>
/// Checks the attestations of a bundle: each stands in the log, each that the log names is there or listed as absent, and the signed list of files names
/// every file with its digest. Feed it the entries first.
/// </summary>
internal sealed class AttestationCheck(ExportQuery query)
{
    private const string Folder = "attestations/";
    private readonly Dictionary<string, (long Line, string Predicate)> _named = new(StringComparer.Ordinal);

    /// <summary>Takes an entry of the bundle, which stands in a line of it.</summary>
    public void Take(long line, ReadOnlyMemory<byte> leaf)
    {
        if (NamedAttestation.Of(leaf, query) is { } named) _named.TryAdd(named.Sha256, (line, named.Predicate));
    }

    /// <summary>Compares what the entries name with what is there.</summary>
    public async Task<CheckedPart> PartAsync(BundleZip files, CancellationToken cancellation)
    {
        var (failures, left, found) = (new List<string>(), new Dictionary<string, (long Line, string Predicate)>(_named, StringComparer.Ordinal), 0L);
        foreach (var name in files.Names.Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name != AttestationFiles.Absent))
        {
            var line = 0L;
            await foreach (var envelope in files.LinesAsync(name, EnvelopeCheck.MaxBytes, cancellation))
            {
                line++;
                var digest = Convert.ToHexStringLower(SHA256.HashData(envelope.Span));
                if (left.Remove(digest, out var entry) && AttestationFiles.PathOf(entry.Predicate) == name) found++;
                else failures.Add($"{name}:{line}: no entry of the period names it as issued");
            }
        }

        var absent = await AbsentAsync(files, left, failures, cancellation);
        failures.AddRange(left.Values.Select(entry => entry.Line).Order()
            .Select(line => $"{BundleZip.Entries}:{line}: the attestation that it names is not there"));
        return new CheckedPart("attestations", EntryWalk.Bounded(failures))
        {
            Note = string.Create(CultureInfo.InvariantCulture, $"{found} stand in the log{(absent > 0 ? $", {absent} are listed as absent" : "")}"),
        };
    }

    /// <summary>Checks the signed list of files.</summary>
    /// <param name="key">The attestation key as the auditor knows it (PEM), or null to take the one in the bundle.</param>
    /// <param name="isNeeded">Whether the bundle is of a version that has such a list.</param>
    public static async Task<CheckedPart> SignedAsync(BundleZip files, string? key, bool isNeeded, CancellationToken cancellation)
    {
        const string Name = AttestationFiles.SignedManifest;
        if (!files.Has(Name))
        {
            return isNeeded || key is not null
                ? new CheckedPart("signed manifest", [$"{Name}: missing"])
                : new CheckedPart("signed manifest", []) { Note = "bundles of this version have none" };
        }

        var trusted = key ?? (files.Has(AttestationFiles.KeyName) ? await files.TextAsync(AttestationFiles.KeyName, cancellation) : null);
        if (trusted is null) return new CheckedPart("signed manifest", [$"{AttestationFiles.KeyName}: missing"]);
        var failures = await SubjectFailuresAsync(files, System.Text.Encoding.UTF8.GetBytes(await files.TextAsync(Name, cancellation)), trusted, cancellation);
        return new CheckedPart("signed manifest", EntryWalk.Bounded(failures))
        {
            Note = key is null ? $"with the key of the bundle itself, `{AttestationFiles.KeyName}`; give yours with `--attestation-key`" : "",
        };
    }

    private static async Task<List<string>> SubjectFailuresAsync(BundleZip files, byte[] envelope, string key, CancellationToken cancellation)
    {
        const string Name = AttestationFiles.SignedManifest;
        EnvelopeCheck check;
        try
        {
            check = EnvelopeCheck.Of(envelope, key, BundleZip.LongestText);
        }
        catch (Exception trouble) when (trouble is ArgumentException or CryptographicException)
        {
            return [$"{Name}: the attestation key is no PEM `PUBLIC KEY` block"];
        }

        if (!check.IsGood) return [$"{Name}: {check.Why}"];
        if (!IsAsWritten(envelope, check, key)) return [$"{Name}: is not written as the gate writes it"];
        if (check.Type != Dsse.PayloadType || StatementCheck.Of(check.Payload) is not { PredicateType: AttestationFiles.PredicateType } statement)
            return [$"{Name}: what is signed is no list of a bundle's files"];
        var (failures, named) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal) { Name });
        foreach (var subject in statement.Subjects)
        {
            if (!named.Add(subject.Name)) failures.Add($"{Name}: names `{subject.Name}` twice");
            else if (!files.Has(subject.Name)) failures.Add($"{Name}: `{subject.Name}` is missing");
            else if ((await files.DigestAsync(subject.Name, cancellation)).Sha256 != subject.Digests.GetValueOrDefault("sha256"))
                failures.Add($"{subject.Name}: is not the file that {Name} names");
        }

        failures.AddRange(files.Names.Where(file => !named.Contains(file)).Select(file => $"{file}: is not named in {Name}"));
        return failures;
    }

    // Hints and the last bits of base 64 are nobody's signature's; whoever turned one changed the file all the same.
    private static bool IsAsWritten(byte[] envelope, EnvelopeCheck check, string key)
    {
        using var json = JsonDocument.Parse(envelope);
        using var known = ECDsa.Create();
        known.ImportKey(key);
        var signature = json.RootElement.GetProperty("signatures")[0].GetProperty("sig").GetBytesFromBase64();
        return envelope.AsSpan().SequenceEqual([.. Dsse.Envelope(check.Type!, check.Payload, Dsse.KeyId(known), signature), (byte)'\n']);
    }

    private static async Task<int> AbsentAsync(
        BundleZip files, Dictionary<string, (long Line, string Predicate)> left, List<string> failures, CancellationToken cancellation)
    {
        if (!files.Has(AttestationFiles.Absent)) return 0;
        var absent = 0;
        var rows = (await files.TextAsync(AttestationFiles.Absent, cancellation)).Split("\r\n");
        for (var at = 1; at < rows.Length - 1; at++)
        {
            if (rows[at].Split(',') is [_, var digest] && left.Remove(digest)) absent++;
            else failures.Add($"{AttestationFiles.Absent}:{at + 1}: no entry of the period names it as issued");
        }

        return absent;
    }
}
