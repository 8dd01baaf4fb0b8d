using System.Text;

namespace GitOpsGate.Forges.Git;

/// <summary>The last of what a standing git complained about, within bounds.</summary>
internal sealed class Complaint
{
    private const int MostKept = 4_096;
    private const int MostTold = 400;

    private readonly StringBuilder _kept = new();
    private readonly Task _hearing;
    private readonly TimeProvider _clock;
    private bool _isLongLine;

    public Complaint(StreamReader words, TimeProvider clock) => (_clock, _hearing) = (clock, HearAsync(words));

    /// <summary>What it said last, in whole lines, once it is silent; what it started may still hold the pipe, so not for longer than this.</summary>
    public async Task<string> LastWordsAsync(TimeSpan patience)
    {
        try
        {
            await _hearing.WaitAsync(patience, _clock);
        }
        catch (TimeoutException)
        {
            // What was said until now has to do.
        }

        string[] lines;
        lock (_kept) lines = _kept.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var length = 0;
        var told = lines.Reverse().TakeWhile((line, i) => (length += line.Length) <= MostTold || i == 0).Reverse().ToList();
        return told.Count == 0 ? "it did not say why" : string.Join('\n', told);
    }

    private async Task HearAsync(StreamReader words)
    {
        using var ended = words;
        var buffer = new char[1024];
        int count;
        while ((count = await words.ReadAsync(buffer)) > 0)
        {
            lock (_kept) Keep(buffer.AsSpan(0, count));
        }
    }

    // Only whole lines are left out: of half a credential nobody could tell that it is one.
    private void Keep(ReadOnlySpan<char> said)
    {
        var end = said.IndexOf('\n');
        if (_isLongLine && end < 0) return;
        _kept.Append(_isLongLine ? said[(end + 1)..] : said);
        _isLongLine = false;
        if (_kept.Length <= MostKept) return;
        var text = _kept.ToString();
        var line = text.IndexOf('\n', text.Length - MostKept);
        _isLongLine = line < 0;
        _kept.Remove(0, _isLongLine ? text.Length : line + 1);
    }
}
