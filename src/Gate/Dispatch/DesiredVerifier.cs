namespace GitOpsGate.Dispatch;

/// <summary>What an agent remembers of the newest document that it has believed.</summary>
/// <param name="Digest">SHA-256 over the signed payload, lower-case hex.</param>
public sealed record KnownDocument(long Version, string Digest, DateTimeOffset IssuedAt);

/// <summary>What somebody may be trying, when something that an agent was sent cannot be right.</summary>
public enum Attack
{
    SignatureInvalid,
    WrongTarget,

    /// <summary>An older document came again, or another one under the same version.</summary>
    Rollback,

    /// <summary>Only an expired document comes: somebody may be keeping the newer ones back.</summary>
    Freeze,

    /// <summary>The content is not the one that was approved.</summary>
    DigestMismatch,
    Oversize,
}

/// <summary>What checking a document found. Closed.</summary>
public abstract record DesiredCheck
{
    private DesiredCheck()
    {
    }

    private protected abstract void Close();

    /// <param name="Known">What is to be remembered before anything is changed.</param>
    public sealed record Good(DesiredDocument Document, KnownDocument Known, Permission Permission) : DesiredCheck
    {
        private protected override void Close()
        {
        }
    }

    /// <param name="Attack">What it looks like, or null when it is a fault of this side.</param>
    /// <param name="Document">The document, when it is the gate's newest word to this agent and yet must not be acted on; else null.</param>
    public sealed record Bad(Attack? Attack, string Why, DesiredDocument? Document = null) : DesiredCheck
    {
        private protected override void Close()
        {
        }
    }
}

/// <summary>Decides whether an agent may act on a document. Pure: the same document, memory and time give the same answer.</summary>
public static class DesiredVerifier
{
    /// <summary>The largest envelope that is read, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>How far the agent's clock may be behind the gate's.</summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Checks, in this order: signature, target, version, clock, expiry, warrant. Never throws for the document's content.
    /// </summary>
    /// <param name="publicKey">The gate's key that the agent has pinned, a PEM <c>PUBLIC KEY</c> block.</param>
    /// <param name="target">The target that the agent serves.</param>
    /// <param name="known">What it remembers; null at its first start.</param>
    /// <exception cref="ArgumentException">The public key is none.</exception>
    public static DesiredCheck Check(
        ReadOnlyMemory<byte> envelope, string publicKey, string target, KnownDocument? known, DateTimeOffset now)
    {
        var opened = Dsse.Open<SealedDocument>(envelope, publicKey, (Dsse.DesiredType, "document", MaxBytes), DesiredDocument.Read);
        if (opened.Value is not var (document, digest)) return Bad(Attack.SignatureInvalid, opened.Why);
        if (document.Target != target)
            return Bad(Attack.WrongTarget, $"the document is for target `{document.Target}`; this agent serves `{target}`");
        if (known is not null && document.Version < known.Version)
            return Bad(Attack.Rollback, $"version `{document.Version}` came after version `{known.Version}`; a version never goes back");
        if (known is not null && document.Version == known.Version && digest != known.Digest)
            return Bad(Attack.Rollback, $"version `{document.Version}` came again with other content");
        var told = known is not null && known.IssuedAt > document.IssuedAt ? known.IssuedAt : document.IssuedAt;
        if (now + ClockSlack < told)
            return Bad(null, $"the clock says `{now:u}`, more than 5 minutes before the gate's word of `{told:u}`; set the clock", document);
        if (document.Expires <= (now > told ? now : told))
            return Bad(Attack.Freeze, $"version `{document.Version}` expired at `{document.Expires:u}` and nothing newer came", document);
        return WarrantVerifier.Check(document.Warrant, publicKey) switch
        {
            WarrantCheck.Good good when Fits(good.Permission, document) =>
                new DesiredCheck.Good(document, new KnownDocument(document.Version, digest, document.IssuedAt), good.Permission),
            WarrantCheck.Good good => Bad(
                Attack.WrongTarget,
                $"the warrant permits order `{good.Permission.OrderId}` for target `{good.Permission.Target}`, not this one", document),
            WarrantCheck.Bad bad => Bad(Attack.SignatureInvalid, bad.Why, document),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static bool Fits(Permission permission, DesiredDocument document) =>
        permission.Target == document.Target && permission.OrderId == document.OrderId && permission.Environment == document.Environment;

    private static DesiredCheck.Bad Bad(Attack? attack, string why, DesiredDocument? document = null) => new(attack, why, document);
}
