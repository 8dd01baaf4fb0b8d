using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>
/// The reports of a bundle, from the entries of a period and the sections that are disclosed: whoever has those writes the very same ones. The entries
/// are walked twice, since what became of an order stands after it; the second walk parses those alone that give a row.
/// </summary>
internal sealed class EvidenceReports(ExportQuery query, Disclosed disclosed)
{
    private const string Role = "report";
    private readonly PeriodFacts _facts = new(disclosed);

    // Which entries of the first walk give rows, by their order in it.
    private readonly List<long> _reported = [];
    private long _taken;
    private readonly List<string[]> _population = [];
    private readonly SortedDictionary<string, long> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Control, string Result), long> _results = [];

    /// <summary>Rows of each report.</summary>
    public IReadOnlyDictionary<string, long> Rows => _rows;

    /// <summary>The first walk takes each entry of the bundle once.</summary>
    /// <exception cref="JsonException">It is not an entry.</exception>
    public void Take(ReadOnlyMemory<byte> leaf)
    {
        using var read = ReportLeaf.Read(leaf);
        var place = _taken++;
        if (!IsInPeriod(read)) return;
        _facts.Take(read);
        if (ReportTable.Reported.Contains(read.Type)) _reported.Add(place);
    }

    /// <summary>The second walk writes the reports.</summary>
    /// <param name="leaves">The entries of the first walk.</param>
    /// <param name="root">The checkpoint's, from which the sample is drawn.</param>
    /// <exception cref="JsonException">A line is not an entry.</exception>
    public async Task WriteAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> leaves, ReadOnlyMemory<byte> root, BundleFolder folder, CancellationToken cancellation)
    {
        var writers = ReportTable.All.Select(table => (Table: table, Writer: Begin(folder, table.Name, table.Columns))).ToArray();
        try
        {
            var (place, next) = (0L, 0);
            await foreach (var leaf in leaves.WithCancellation(cancellation))
            {
                if (next == _reported.Count || place++ != _reported[next]) continue;
                next++;
                using var read = ReportLeaf.Read(leaf);
                foreach (var (table, writer) in writers)
                {
                    foreach (var row in table.Rows(read, _facts, query.Environment)) await WriteAsync(table, row, writer);
                }
            }
        }
        finally
        {
            foreach (var (_, writer) in writers) await writer.DisposeAsync();
        }

        await SampleAsync(root, folder);
        await ControlsAsync(folder, cancellation);
    }

    private bool IsInPeriod(ReportLeaf leaf) =>
        string.CompareOrdinal(query.Begins, leaf.Time) <= 0 && string.CompareOrdinal(leaf.Time, query.Ends) < 0;

    private StreamWriter Begin(BundleFolder folder, string name, ImmutableArray<string> columns)
    {
        _rows[name] = 0;
        var writer = new StreamWriter(folder.Create(name, Role), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        writer.Write(CsvText.Line(columns));
        return writer;
    }

    private async Task WriteAsync(ReportTable table, string[] row, StreamWriter writer)
    {
        await writer.WriteAsync(CsvText.Line(row));
        _rows[table.Name]++;
        if (table.Name != ReportTable.PopulationName) return;
        var cells = new ReportRow(PopulationReport.Columns, row);
        if (query.Sample is not null)
        {
            _population.Add([cells["log_seq"], cells["leaf_sha256"], cells["population"], cells["pop_no"], cells["change_id"]]);
        }

        foreach (var control in Control.All)
        {
            var key = (control.Column, cells[control.Column]);
            _results[key] = _results.GetValueOrDefault(key) + 1;
        }
    }

    private async Task SampleAsync(ReadOnlyMemory<byte> root, BundleFolder folder)
    {
        if (query is not { Sample: { } count, Nonce: { } nonce }) return;
        const string Name = "reports/sample.csv";
        await using var writer = Begin(folder, Name, ["place", "log_seq", "leaf_sha256", "population", "pop_no", "change_id"]);
        var drawn = Sample.Draw(root.Span, Encoding.UTF8.GetBytes(nonce), _population.Count, Math.Min(count, _population.Count));
        foreach (var place in drawn)
        {
            await writer.WriteAsync(CsvText.Line([(place + 1).ToString(CultureInfo.InvariantCulture), .. _population[(int)place]]));
            _rows[Name]++;
        }
    }

    private async Task ControlsAsync(BundleFolder folder, CancellationToken cancellation)
    {
        await using var file = folder.Create("reports/controls.json", Role);
        await using var json = BundleJson.Writer(file);
        json.WriteStartObject();
        json.WriteStartArray("controls");
        foreach (var control in Control.All)
        {
            json.WriteStartObject();
            json.WriteString("column", control.Column);
            json.WriteString("standard", control.Standard);
            json.WriteString("title", control.Title);
            json.WriteString("rule", control.Rule);
            BundleJson.Texts(json, "entries", control.Types);
            BundleJson.Texts(json, "columns", control.Columns);
            json.WriteStartObject("counts");
            foreach (var result in (string[])[Duties.Pass, Duties.Fail, Duties.NotApplicable])
            {
                json.WriteNumber(result, _results.GetValueOrDefault((control.Column, result)));
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancellation);
    }
}
