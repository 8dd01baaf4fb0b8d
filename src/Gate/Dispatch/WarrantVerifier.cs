using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Dispatch;

/// <summary>What a warrant permits, once its signature has been found good.</summary>
/// <param name="OrderId">The order; it may be carried out once.</param>
/// <param name="Repository">Connection and path, for instance <c>acme:shop/web</c>.</param>
/// <param name="Tree">The Git tree id of <paramref name="Path"/> at <paramref name="Commit"/>.</param>
/// <param name="Ruling">The ruling that covers the commit.</param>
public sealed record Permission(
    string OrderId, string Environment, string Target, string Repository, string Branch, string Path, CommitId Commit, string Tree, string Ruling);

/// <summary>What checking a warrant found. Closed.</summary>
public abstract record WarrantCheck
{
    private WarrantCheck()
    {
    }

    private protected abstract void Close();

    public sealed record Good(Permission Permission) : WarrantCheck
    {
        private protected override void Close()
        {
        }
    }

    public sealed record Bad(string Why) : WarrantCheck
    {
        private protected override void Close()
        {
        }
    }
}

/// <summary>Checks warrants with the gate's public key. Nothing of the payload is read before its signature is found good.</summary>
public static class WarrantVerifier
{
    /// <summary>The largest envelope that is read, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Checks a warrant. Never throws for its content.</summary>
    /// <param name="warrant">The envelope.</param>
    /// <param name="publicKey">A PEM <c>PUBLIC KEY</c> block.</param>
    /// <exception cref="ArgumentException">The public key is none.</exception>
    public static WarrantCheck Check(Warrant warrant, string publicKey)
    {
        var opened = Dsse.Open(warrant.Envelope, publicKey, (Dsse.PayloadType, "warrant", MaxBytes), (root, _) => Read(root));
        return opened.Value is { } permission ? new WarrantCheck.Good(permission) : new WarrantCheck.Bad(opened.Why);
    }

    private static Opened<Permission> Read(JsonElement root)
    {
        if (Dsse.Text(root, "_type") != Dsse.StatementType || Dsse.Text(root, "predicateType") != Dsse.PredicateType)
            return new(null, "the payload is not an approval statement");
        if (root.GetProperty("subject").GetArrayLength() != 1) return new(null, "the statement must be about exactly one thing");
        var digest = root.GetProperty("subject")[0].GetProperty("digest");
        var said = root.GetProperty("predicate");
        return new(
            new Permission(
                Dsse.Text(said, "orderId"), Dsse.Text(said, "environment"), Dsse.Text(said, "target"), Dsse.Text(said, "repository"),
                Dsse.Text(said, "branch"), Dsse.Text(said, "path"), CommitId.Parse(Dsse.Text(digest, "gitCommit")),
                Dsse.Text(digest, "gitTree"), Dsse.Text(said, "ruling")),
            "");
    }
}
