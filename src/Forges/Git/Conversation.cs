using System.Diagnostics;
using System.Text;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Git;

/// <summary>Something that is kept for the next one who needs it.</summary>
internal interface IStanding : IAsyncDisposable
{
    /// <summary>Whether it can be used again.</summary>
    bool IsFit { get; }
}

/// <summary>A git that answers questions until its input is closed. One caller at a time.</summary>
internal sealed class Conversation : IStanding
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>After so many questions a new process is started: git forgets nothing that it has read.</summary>
    private const int MostQuestions = 2_000;

    private readonly GitCommand _command;
    private readonly Process _git;
    private readonly TimeProvider _clock;
    private readonly string _what;
    private readonly Complaint _complaint;
    private readonly IReadOnlyList<(string Key, string Value)> _settings;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private int _questions;
    private bool _isBroken;

    private Conversation(
        GitCommand command, TimeProvider clock, IReadOnlyList<(string Key, string Value)> settings, IReadOnlyList<string> arguments)
    {
        (_command, _git, _clock, _what) = (command, command.Start(settings, arguments), clock, arguments[0]);
        _settings = settings;
        _complaint = new Complaint(_git.StandardError, clock);
    }

    public bool IsFit =>
        !_isBroken && _start == _end && _questions < MostQuestions && _command.Remote.IsCurrent(_settings) && !_git.HasExited;

    /// <exception cref="GitTroubleException">There is no git.</exception>
    public static Conversation Open(
        GitCommand command, TimeProvider clock, IReadOnlyList<(string Key, string Value)> settings, params IReadOnlyList<string> arguments) =>
        new(command, clock, settings, arguments);

    /// <summary>Does one exchange of questions and answers; the process cannot be used again when it did not come to its end.</summary>
    /// <exception cref="GitTroubleException">Git ended, or took too long.</exception>
    public async Task<T> ExchangeAsync<T>(string questions, Func<CancellationToken, Task<T>> listen, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(_command.Options.FetchTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var isDone = false;
        _questions++;
        try
        {
            // Git answers while it is still being asked: whoever does not listen meanwhile waits for ever.
            var asking = AskAsync(questions, either.Token);
            var answer = await listen(either.Token);
            await asking;
            isDone = true;
            return answer;
        }
        catch (OperationCanceledException problem) when (!cancellation.IsCancellationRequested)
        {
            throw _command.Trouble($"git {_what} took too long", isPermanent: false, problem);
        }
        catch (IOException problem)
        {
            var why = await _complaint.LastWordsAsync(Farewell);
            throw _command.Trouble($"git {_what} ended before it had answered: {why}", isPermanent: false, problem);
        }
        finally
        {
            _isBroken |= !isDone;
        }
    }

    /// <summary>What git says next, at most 64 KiB; never empty.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> SomeAsync(int atMost, CancellationToken cancellation)
    {
        if (_start == _end) await FillAsync(cancellation);
        var count = Math.Min(atMost, _end - _start);
        _start += count;
        return _buffer.AsMemory(_start - count, count);
    }

    /// <summary>The next line without its line feed; of a very long one only the beginning.</summary>
    public async ValueTask<string> LineAsync(CancellationToken cancellation)
    {
        var text = "";
        while (true)
        {
            if (_start == _end) await FillAsync(cancellation);
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var piece = Encoding.UTF8.GetString(_buffer, _start, at < 0 ? _end - _start : at);
            _start = at < 0 ? _end : _start + at + 1;
            if (text.Length < 8192) text += piece;
            if (at >= 0) return text;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Git ends when nobody asks and nobody listens. Force is for one that is still fetching: finding what it started means reading all
        // of /proc, which costs more than the questions did.
        _isBroken = true;
        try
        {
            _git.StandardInput.Close();
        }
        catch (IOException)
        {
            // It had ended before, with a question unread.
        }

        _git.StandardOutput.Close();
        using var patience = new CancellationTokenSource(Farewell, _clock);
        try
        {
            await _git.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _git.Kill(entireProcessTree: true);
        }

        _git.Dispose();
    }

    private async Task AskAsync(string questions, CancellationToken cancellation)
    {
        await _git.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(questions), cancellation);
        await _git.StandardInput.BaseStream.FlushAsync(cancellation);
    }

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        (_start, _end) = (0, await _git.StandardOutput.BaseStream.ReadAsync(_buffer, cancellation));
        if (_end == 0) throw new EndOfStreamException();
    }
}
