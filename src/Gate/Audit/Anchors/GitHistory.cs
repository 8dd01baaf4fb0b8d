using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Anchors;

/// <summary>What the anchor's repository holds of this log.</summary>
/// <param name="Newest">Its newest checkpoint, which the log continues; null when it holds none.</param>
public sealed record HeldCheckpoint(AnchoredTip Tip, Checkpoint? Newest, string Note);

/// <summary>
/// Holds the log against the checkpoints in the anchor's repository: <c>checkpoints/{SHA-256 of the origin}/{year}-{month}/{size}</c>, one signed note
/// in each file. Other logs may have their checkpoints there, too.
/// </summary>
public sealed class GitHistory(IGitAnchor anchor, IAuditReader reader, CheckpointDesk desk)
{
    /// <summary>Where a checkpoint's file stands.</summary>
    public static string PathOf(Checkpoint checkpoint, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{FolderOf(checkpoint.Origin)}{at.UtcDateTime:yyyy-MM}/{checkpoint.Size}");

    /// <summary>Reads the repository. What it holds of this log must be the log's beginning.</summary>
    /// <exception cref="LogRolledBackException">It is not: nothing may be anchored over it, and nothing appended.</exception>
    /// <exception cref="GitTroubleException">The repository cannot be read.</exception>
    public async Task<HeldCheckpoint> CheckAsync(TimeSpan patience, CancellationToken cancellation)
    {
        var tip = await anchor.ReadAsync(patience, cancellation);
        var origin = await reader.OriginAsync(cancellation);
        var (newest, text) = ((Checkpoint?)null, "");
        foreach (var file in tip.Newest)
        {
            if (await OursAsync(file, origin, cancellation) is not { } note) continue;
            var checkpoint = Checkpoint.Parse(note.Text);
            await CompareAsync($"`{file.Path}` of `{anchor.Where}`", note, cancellation);
            (newest, text) = (checkpoint, file.Text);
        }

        return new HeldCheckpoint(tip, newest, text);
    }

    private async Task<SignedNote?> OursAsync(AnchoredText file, string? origin, CancellationToken cancellation)
    {
        SignedNote note;
        Checkpoint checkpoint;
        try
        {
            note = SignedNote.Parse(file.Text);
            checkpoint = Checkpoint.Parse(note.Text);
        }
        catch (FormatException trouble)
        {
            // In another log's folder it is others who wonder.
            if (origin is null || !IsIn(file, origin)) return null;
            throw new LogRolledBackException($"`{file.Path}` of `{anchor.Where}` is no signed checkpoint ({trouble.Message}): who put it there?");
        }

        // Only what stands where it belongs is a log's: else anybody's file could stop it.
        if (!IsIn(file, checkpoint.Origin)) return null;
        if (origin is null) return await IsSignedAsync(note, checkpoint.Origin, cancellation) ? note : null;
        // What went before was given up when the log took its newer name.
        if (LogOrigin.Split(checkpoint.Origin).Name != LogOrigin.Split(origin).Name || (checkpoint.Origin != origin && LogOrigin.IsBefore(checkpoint.Origin, origin)))
            return null;
        return note;
    }

    private async Task CompareAsync(string where, SignedNote note, CancellationToken cancellation)
    {
        try
        {
            await desk.CheckAsync(where, note, cancellation);
        }
        catch (LogRolledBackException)
        {
            // So that it is known also while the repository is away, and to who recovers the log.
            await RememberAsync(note, cancellation);
            throw;
        }
    }

    private async Task RememberAsync(SignedNote note, CancellationToken cancellation)
    {
        var checkpoint = Checkpoint.Parse(note.Text);
        if (!await IsSignedAsync(note, checkpoint.Origin, cancellation)) return;
        try
        {
            var known = await desk.RememberedAsync(cancellation);
            if (known is null || Checkpoint.Parse(known.Text).Size < checkpoint.Size) desk.Remember(note);
        }
        catch (LogRolledBackException)
        {
            // What is remembered is at odds with the log by itself; it stays as it is.
        }
    }

    private async Task<bool> IsSignedAsync(SignedNote note, string origin, CancellationToken cancellation)
    {
        try
        {
            (await desk.OursAsync(origin, cancellation)).Verify(note);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool IsIn(AnchoredText file, string origin) => file.Path.StartsWith(FolderOf(origin), StringComparison.Ordinal);

    private static string FolderOf(string origin) => $"checkpoints/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)))}/";
}
