using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Git;

/// <summary>
/// One running <c>git diff-tree --stdin</c>: compares trees without a process for each comparison, and brings in file contents which the
/// mirror lacks. One caller at a time.
/// </summary>
internal sealed class GitDiffs : IStanding
{
    private readonly GitCommand _command;
    private readonly Conversation _git;

    // Git repeats a line that names no object. Nobody can put this one into a file's name, so it tells where an answer ends.
    private readonly byte[] _end;
    private bool _isCut;

    private GitDiffs(GitCommand command, Conversation git, string end) =>
        (_command, _git, _end) = (command, git, Encoding.ASCII.GetBytes(end));

    public bool IsFit => !_isCut && _git.IsFit;

    public static GitDiffs Open(GitCommand command, TimeProvider clock)
    {
        var git = Conversation.Open(
            command, clock, command.Remote.Settings,
            "diff-tree", "--stdin", "-r", "-M", "--raw", "--numstat", "-p", "-U0", "-z", "--no-ext-diff", "--no-textconv", "--no-color");
        return new GitDiffs(command, git, $"end {RandomNumberGenerator.GetHexString(32)}\n");
    }

    /// <summary>What git prints for two trees, for <see cref="TreeDiff"/>; cut when it is more than one command may print.</summary>
    /// <exception cref="GitTroubleException">A tree or a content cannot be had.</exception>
    public Task<GitOutput> CompareAsync(string before, string after, CancellationToken cancellation) => _git.ExchangeAsync(
        $"{before} {after}\n{Encoding.ASCII.GetString(_end)}", token => ListenAsync($"{before} {after}\n", token), cancellation);

    public ValueTask DisposeAsync() => _git.DisposeAsync();

    private async Task<GitOutput> ListenAsync(string header, CancellationToken cancellation)
    {
        var output = new MemoryStream();
        do
        {
            output.Write((await _git.SomeAsync(int.MaxValue, cancellation)).Span);
            _isCut = output.Length > _command.Options.MaxOutput;
            if (_isCut) return new GitOutput(0, Rest(output, header, 0), "", IsCut: true);
        }
        while (!output.GetBuffer().AsSpan(0, (int)output.Length).EndsWith(_end));
        return new GitOutput(0, Rest(output, header, _end.Length), "", IsCut: false);
    }

    private ReadOnlyMemory<byte> Rest(MemoryStream output, string header, int tail)
    {
        var bytes = output.GetBuffer().AsMemory(0, (int)output.Length - tail);
        return bytes.Span.StartsWith(Encoding.ASCII.GetBytes(header))
            ? bytes[header.Length..]
            : throw _command.Trouble("git diff-tree cannot compare the trees of the change", isPermanent: false);
    }
}
