using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.Exports;

/// <summary>
/// The sealed sections of a bundle's entries: salt and content of those that are disclosed, each in a file named by its commitment, and a list of
/// all others with why they are withheld. Entries beside the period are there for its ends alone: nothing of theirs is disclosed.
/// </summary>
internal sealed class SealedFiles(BundleFolder folder, ISealedSections sections, bool discloses) : IAsyncDisposable
{
    public const string Folder = "sealed/";
    public const string List = "sealed/withheld.csv";

    private const string NotDisclosed = "not disclosed";
    private StreamWriter? _withheld;

    public static readonly ImmutableArray<string> Columns = ["log_seq", "leaf_sha256", "name", "commitment", "key", "why"];

    public Disclosed Disclosed { get; } = new();

    public async Task TakeAsync(ImmutableArray<AuditLeaf> page, Period period, CancellationToken cancellation)
    {
        var isOpen = (AuditLeaf leaf) => discloses && leaf.Index >= period.PeriodFirst && leaf.Index < period.PeriodEnd;
        var opened = discloses ? await sections.OpenAsync([.. page.Where(isOpen)], cancellation) : [];
        var byCommitment = opened.ToDictionary(one => one.Section.Commitment, StringComparer.Ordinal);
        foreach (var leaf in page)
        {
            foreach (var section in LeafSections.Read(leaf.Bytes).Sections)
            {
                var one = byCommitment.GetValueOrDefault(section.Commitment);
                if (one?.Disclosure is { } disclosure && Disclosed.Take(section.Commitment, disclosure.Span))
                {
                    await using var file = folder.Create(Disclosed.PathOf(section.Commitment), "disclosed");
                    await file.WriteAsync(disclosure, cancellation);
                }
                else
                {
                    await WithholdAsync(leaf, section, one is null ? NotDisclosed : one.Withheld);
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_withheld is not null) await _withheld.DisposeAsync();
    }

    private async Task WithholdAsync(AuditLeaf leaf, SealedSection section, string why)
    {
        if (_withheld is null)
        {
            _withheld = new StreamWriter(folder.Create(List, "text"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            await _withheld.WriteAsync(CsvText.Line(Columns));
        }

        var hash = Convert.ToHexStringLower(leaf.Hash.Span);
        var index = leaf.Index.ToString(CultureInfo.InvariantCulture);
        await _withheld.WriteAsync(CsvText.Line([index, hash, section.Name, Disclosed.HexOf(section.Commitment), section.KeyId, why]));
    }
}
