using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace GitOpsGate.Forges.Git;

/// <summary>An object as git describes it.</summary>
/// <param name="Kind"><c>blob</c>, <c>tree</c>, <c>commit</c> or <c>tag</c>.</param>
internal readonly record struct GitObject(string Id, string Kind, long Size);

/// <summary>One running <c>git cat-file --batch-command</c>: answers what objects are and what they hold, without a process for each.</summary>
internal sealed class GitObjects : IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly GitCommand _command;
    private readonly Process _git;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _deadline;
    private readonly BufferedStream _output;
    private readonly byte[] _one = new byte[1];

    private GitObjects(GitCommand command, Process git, TimeProvider clock)
    {
        (_command, _git, _clock) = (command, git, clock);
        _deadline = new CancellationTokenSource(command.Options.FetchTimeout, clock);
        _output = new BufferedStream(git.StandardOutput.BaseStream, 64 * 1024);
    }

    public static GitObjects Open(GitCommand command, TimeProvider clock)
    {
        var git = command.Start(command.Remote.Settings, ["cat-file", "--batch-command"]);
        git.ErrorDataReceived += static (_, _) => { };
        git.BeginErrorReadLine();
        return new GitObjects(command, git, clock);
    }

    /// <summary>What the named objects are, in their order; null for what is not there. Names are ids or <c>commit:path</c>.</summary>
    public async Task<List<GitObject?>> DescribeAsync(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, cancellation);
        return await GuardAsync(
            async token =>
            {
                var asking = AskAsync(string.Concat(names.Select(name => $"info {name}\n")), token);
                var found = new List<GitObject?>(names.Count);
                foreach (var _ in names) found.Add(Parse(await LineAsync(token)));
                await asking;
                return found;
            },
            either.Token,
            cancellation);
    }

    /// <summary>The bytes of an object that is known to be there.</summary>
    public async Task<byte[]> ReadAsync(GitObject item, CancellationToken cancellation)
    {
        using var content = new MemoryStream((int)item.Size);
        await CopyAsync(item, content, cancellation);
        return content.GetBuffer();
    }

    /// <summary>Writes the bytes of an object that is known to be there.</summary>
    public async Task CopyAsync(GitObject item, Stream into, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, cancellation);
        await GuardAsync(
            async token =>
            {
                await AskAsync($"contents {item.Id}\n", token);
                if (Parse(await LineAsync(token)) != item) throw _command.Trouble($"object `{item.Id}` cannot be read", isPermanent: false);
                var buffer = new byte[64 * 1024];
                for (var left = item.Size; left > 0;)
                {
                    var count = await _output.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), token);
                    if (count == 0) throw new EndOfStreamException();
                    await into.WriteAsync(buffer.AsMemory(0, count), token);
                    left -= count;
                }

                await _output.ReadExactlyAsync(_one, token);
                return true;
            },
            either.Token,
            cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        // Git ends when nobody asks and nobody listens. Force is for one that is still fetching: finding what it started means reading all
        // of /proc, which costs more than the questions did.
        _git.StandardInput.Close();
        await _output.DisposeAsync();
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
        _deadline.Dispose();
    }

    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken token, CancellationToken cancellation)
    {
        try
        {
            return await work(token);
        }
        catch (OperationCanceledException problem) when (!cancellation.IsCancellationRequested)
        {
            throw _command.Trouble("git cat-file took too long", isPermanent: false, problem);
        }
        catch (IOException problem)
        {
            throw _command.Trouble("git cat-file ended before it had answered", isPermanent: false, problem);
        }
    }

    private async Task AskAsync(string lines, CancellationToken cancellation)
    {
        await _git.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(lines), cancellation);
        await _git.StandardInput.BaseStream.FlushAsync(cancellation);
    }

    private async Task<string> LineAsync(CancellationToken cancellation)
    {
        var line = new List<byte>(80);
        while (true)
        {
            if (await _output.ReadAsync(_one, cancellation) == 0) throw new EndOfStreamException();
            if (_one[0] == '\n') return Encoding.UTF8.GetString([.. line]);
            if (line.Count < 8192) line.Add(_one[0]);
        }
    }

    private static GitObject? Parse(string line) =>
        line.Split(' ') is [{ Length: 40 or 64 } id, var kind, var size]
            && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? new GitObject(id, kind, bytes)
            : null;
}
