using System.Globalization;

namespace GitOpsGate.Forges.Git;

/// <summary>An object as git describes it.</summary>
/// <param name="Kind"><c>blob</c>, <c>tree</c>, <c>commit</c> or <c>tag</c>.</param>
internal readonly record struct GitObject(string Id, string Kind, long Size);

/// <summary>
/// One running <c>git cat-file --batch-command</c>: answers what objects are and what they hold, without a process for each. One caller at
/// a time.
/// </summary>
internal sealed class GitObjects : IStanding
{
    private readonly GitCommand _command;
    private readonly Conversation _git;

    private GitObjects(GitCommand command, Conversation git) => (_command, _git) = (command, git);

    public bool IsFit => _git.IsFit;

    /// <summary>One that brings in file contents which the mirror lacks.</summary>
    public static GitObjects OpenReaching(GitCommand command, TimeProvider clock) => Open(command, clock, command.Remote.Settings);

    /// <summary>One that never reaches out: for it, what is not in the mirror is not there.</summary>
    public static GitObjects OpenLocal(GitCommand command, TimeProvider clock) => Open(command, clock, command.Remote.Local);

    /// <summary>What the named objects are, in their order; null for what is not there. Names are ids or <c>commit:path</c>.</summary>
    public Task<List<GitObject?>> DescribeAsync(IReadOnlyList<string> names, CancellationToken cancellation) => _git.ExchangeAsync(
        string.Concat(names.Select(name => $"info {name}\n")),
        async token =>
        {
            var found = new List<GitObject?>(names.Count);
            foreach (var _ in names) found.Add(Parse(await _git.LineAsync(token)));
            return found;
        },
        cancellation);

    /// <summary>The bytes of an object that is known to be there.</summary>
    public async Task<byte[]> ReadAsync(GitObject item, CancellationToken cancellation)
    {
        var bytes = Array.Empty<byte>();
        await ReadAllAsync([item], (_, found) => bytes = found, cancellation);
        return bytes;
    }

    /// <summary>Hands over the bytes of objects that are known to be there, one after the other, with the place of each in the list.</summary>
    public Task ReadAllAsync(IReadOnlyList<GitObject> items, Action<int, byte[]> take, CancellationToken cancellation) => _git.ExchangeAsync(
        string.Concat(items.Select(item => $"contents {item.Id}\n")),
        async token =>
        {
            for (var i = 0; i < items.Count; i++)
            {
                var bytes = new byte[items[i].Size];
                using var content = new MemoryStream(bytes);
                await CopyOneAsync(items[i], content, token);
                take(i, bytes);
            }

            return true;
        },
        cancellation);

    /// <summary>The bytes of an object if it is there, is of this kind, and is not larger than so many bytes.</summary>
    public Task<byte[]?> FindAsync(string id, string kind, int atMost, CancellationToken cancellation) => _git.ExchangeAsync(
        $"contents {id}\n",
        async token =>
        {
            if (Parse(await _git.LineAsync(token)) is not { } item) return null;
            var isWanted = item.Kind == kind && item.Size <= atMost;
            var bytes = isWanted ? new byte[item.Size] : [];
            using var content = new MemoryStream(bytes);
            await CopyRestAsync(item.Size, isWanted ? content : Stream.Null, token);
            return isWanted ? bytes : null;
        },
        cancellation);

    /// <summary>Writes the bytes of an object that is known to be there.</summary>
    public Task CopyAsync(GitObject item, Stream into, CancellationToken cancellation) => _git.ExchangeAsync(
        $"contents {item.Id}\n",
        async token =>
        {
            await CopyOneAsync(item, into, token);
            return true;
        },
        cancellation);

    public ValueTask DisposeAsync() => _git.DisposeAsync();

    private static GitObjects Open(GitCommand command, TimeProvider clock, IReadOnlyList<(string Key, string Value)> settings) =>
        new(command, Conversation.Open(command, clock, settings, "cat-file", "--batch-command"));

    private async Task CopyOneAsync(GitObject item, Stream into, CancellationToken cancellation)
    {
        if (Parse(await _git.LineAsync(cancellation)) != item) throw _command.Trouble($"object `{item.Id}` cannot be read", isPermanent: false);
        await CopyRestAsync(item.Size, into, cancellation);
    }

    private async Task CopyRestAsync(long size, Stream into, CancellationToken cancellation)
    {
        for (var left = size; left > 0;)
        {
            var some = await _git.SomeAsync((int)Math.Min(left, int.MaxValue), cancellation);
            await into.WriteAsync(some, cancellation);
            left -= some.Length;
        }

        // A line feed follows each content.
        await _git.SomeAsync(1, cancellation);
    }

    private static GitObject? Parse(string line) =>
        line.Split(' ') is [{ Length: 40 or 64 } id, var kind, var size]
            && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? new GitObject(id, kind, bytes)
            : null;
}
