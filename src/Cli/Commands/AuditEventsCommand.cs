using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GitOpsGate.Exports.Views;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate audit events</c>: the entries after a number, as other programs read them.</summary>
internal static class AuditEventsCommand
{
    private const int PageSize = 1000;
    private const string LastHeader = "Gate-Last-Entry";

    public static Command Make()
    {
        var view = new Option<string>("--view")
        {
            Description = "jsonl (the record), csv, cloudevents or ocsf",
            DefaultValueFactory = _ => EntryView.Jsonl.Name,
        };
        view.AcceptOnlyFromAmong([.. EntryView.All.Select(known => known.Name)]);
        var after = new Option<long?>("--after") { Description = "the number of the last entry that you have; without it, from the beginning" };
        var limit = new Option<int>("--limit") { Description = $"how many entries at most (default and most {PageSize})", DefaultValueFactory = _ => PageSize };
        return new Command("events", "print the entries after a number; no output means that there are no more yet") { view, after, limit }
            .Does(async (parsed, cancellation) =>
            {
                var (name, last, count) = (parsed.GetRequiredValue(view), parsed.GetValue(after), parsed.GetValue(limit));
                if (last < 0) throw new CommandFailure(ExitCode.Usage, $"--after: `{last}` is before the log; leave it out for its beginning");
                if (count is < 1 or > PageSize) throw new CommandFailure(ExitCode.Usage, $"--limit: `{count}` should be from 1 to {PageSize}");
                using var client = Common.Client(parsed);
                var path = string.Create(CultureInfo.InvariantCulture, $"../../audit/v1/events?view={name}&limit={count}&after={last ?? -1}");
                var (text, newest) = await client.TextAsync(path, LastHeader, cancellation);
                if (parsed.GetValue(Common.Json)) Terminal.Json(Document(name, newest, text));
                else if (newest is not null) Terminal.Text(text);
                return ExitCode.Ok;
            });
    }

    private static JsonElement Document(string view, string? last, string text) => JsonSerializer.SerializeToElement(new Dictionary<string, object?>
    {
        ["view"] = view,
        ["last"] = last is null ? null : long.Parse(last, CultureInfo.InvariantCulture),
        ["text"] = text,
    });
}
