using System.Security.Cryptography;
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

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Checks a warrant. Never throws for its content.</summary>
    /// <param name="warrant">The envelope.</param>
    /// <param name="publicKey">A PEM <c>PUBLIC KEY</c> block.</param>
    /// <exception cref="ArgumentException">The public key is none.</exception>
    public static WarrantCheck Check(Warrant warrant, string publicKey)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(publicKey);
        if (warrant.Envelope.Length > MaxBytes) return new WarrantCheck.Bad($"the warrant has more than {MaxBytes} bytes");
        try
        {
            using var envelope = JsonDocument.Parse(warrant.Envelope, Strict);
            var type = Text(envelope.RootElement, "payloadType");
            if (type != Dsse.PayloadType) return new WarrantCheck.Bad($"the payload is of type `{type}`, not `{Dsse.PayloadType}`");
            var payload = envelope.RootElement.GetProperty("payload").GetBytesFromBase64();
            return IsSigned(envelope.RootElement, key, Dsse.Encode(type, payload))
                ? Read(payload)
                : new WarrantCheck.Bad("no signature of the gate's key fits the payload");
        }
        catch (JsonException)
        {
            return new WarrantCheck.Bad("the warrant is not strict JSON");
        }
        catch (KeyNotFoundException)
        {
            return new WarrantCheck.Bad("a member of the warrant is missing");
        }
        catch (InvalidOperationException)
        {
            return new WarrantCheck.Bad("a member of the warrant is of the wrong kind");
        }
        catch (FormatException)
        {
            return new WarrantCheck.Bad("a member of the warrant is not written as it should be");
        }
    }

    private static bool IsSigned(JsonElement envelope, ECDsa key, byte[] signed) =>
        envelope.GetProperty("signatures").EnumerateArray().Take(8).Any(signature =>
            Text(signature, "keyid") == Dsse.KeyId(key)
            && key.VerifyData(
                signed, signature.GetProperty("sig").GetBytesFromBase64(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    private static WarrantCheck Read(byte[] payload)
    {
        using var statement = JsonDocument.Parse(payload, Strict);
        var root = statement.RootElement;
        if (Text(root, "_type") != Dsse.StatementType || Text(root, "predicateType") != Dsse.PredicateType)
            return new WarrantCheck.Bad("the payload is not an approval statement");
        if (root.GetProperty("subject").GetArrayLength() != 1) return new WarrantCheck.Bad("the statement must be about exactly one thing");
        var digest = root.GetProperty("subject")[0].GetProperty("digest");
        var said = root.GetProperty("predicate");
        return new WarrantCheck.Good(new Permission(
            Text(said, "orderId"), Text(said, "environment"), Text(said, "target"), Text(said, "repository"), Text(said, "branch"),
            Text(said, "path"), CommitId.Parse(Text(digest, "gitCommit")), Text(digest, "gitTree"), Text(said, "ruling")));
    }

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() ?? throw new InvalidOperationException($"`{name}` must be a text");
}
