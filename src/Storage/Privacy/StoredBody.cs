using System.Data.Common;
using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Storage.Privacy;

/// <summary>Headers and compressed body of a webhook as they lie in the tables: in the clear, sealed, or gone.</summary>
/// <param name="Delivery">The delivery's id, 16 bytes.</param>
/// <param name="Seal">Nonce and tag; null when it is in the clear.</param>
/// <param name="Length">Bytes of the body before compression.</param>
/// <param name="EndedMilliseconds">When the webhooks of its day ended, or null.</param>
internal sealed record StoredBody(
    byte[] Delivery, WebhookDay Day, byte[]? Seal, byte[]? Headers, byte[]? Body, int Length, long? EndedMilliseconds)
{
    /// <summary>What <see cref="Read"/> wants, of a delivery <c>d</c> and <see cref="Tables"/>.</summary>
    public const string Columns =
        "d.id, d.received_ms, s.seal, COALESCE(s.headers, b.headers), COALESCE(s.body, b.body), COALESCE(s.length, b.length), w.ended_ms";

    /// <summary>Joins what holds bodies to a delivery <c>d</c>.</summary>
    public const string Tables = """
        LEFT JOIN delivery_body b ON b.delivery_seq = d.seq
        LEFT JOIN delivery_seal s ON s.delivery_seq = d.seq
        LEFT JOIN webhook_day w ON w.day = d.received_ms / 86400000
        """;

    private const int ColumnCount = 7;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>The columns' place when they are the last ones of a row.</summary>
    public static StoredBody Read(DbDataReader row)
    {
        var at = row.FieldCount - ColumnCount;
        return new StoredBody(
            row.GetFieldValue<byte[]>(at), WebhookDay.Of(row.GetInt64(at + 1)), Bytes(row, at + 2), Bytes(row, at + 3), Bytes(row, at + 4),
            row.IsDBNull(at + 5) ? 0 : row.GetInt32(at + 5), row.IsDBNull(at + 6) ? null : row.GetInt64(at + 6));
    }

    /// <summary>The same, locked with the key of its day: not a byte longer, since the seal stands apart.</summary>
    public StoredBody Lock(ReadOnlySpan<byte> key)
    {
        byte[] plain = [.. Headers!, .. Body!];
        var (locked, seal) = (new byte[plain.Length], new byte[NonceLength + TagLength]);
        RandomNumberGenerator.Fill(seal.AsSpan(0, NonceLength));
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(seal.AsSpan(0, NonceLength), plain, locked, seal.AsSpan(NonceLength), Place());
        return this with { Seal = seal, Headers = locked[..Headers!.Length], Body = locked[Headers.Length..] };
    }

    /// <summary>Opens it with the key of its day; what is not there, and why.</summary>
    public OpenedBody Open(SubjectKeys keys) => Open(day => keys.OfSubject(day.Subject)?.Key);

    /// <param name="keyOf">The key of a day; null when there is none any more.</param>
    public OpenedBody Open(Func<WebhookDay, byte[]?> keyOf)
    {
        if (EndedMilliseconds is { } ended)
        {
            return OpenedBody.Without(
                $"its body ended on {WebhookDay.Of(ended)} by retention, as that of every webhook of {Day}; its digest stays in the audit log");
        }

        if (Headers is null || Body is null) return OpenedBody.Without("its body is not stored");
        if (Seal is null) return new OpenedBody(Headers, Body, Length, null);
        return keyOf(Day) is { } key && Unlock(key) is { } plain
            ? new OpenedBody(plain[..Headers.Length], plain[Headers.Length..], Length, null)
            : OpenedBody.Without($"its body cannot be opened: the key of {Day} is not in `{SqliteKeyFile.Name}`, or is another one");
    }

    private byte[]? Unlock(byte[] key)
    {
        byte[] locked = [.. Headers!, .. Body!];
        var plain = new byte[locked.Length];
        using var cipher = new AesGcm(key, TagLength);
        try
        {
            cipher.Decrypt(Seal.AsSpan(0, NonceLength), locked, Seal.AsSpan(NonceLength), plain, Place());
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    // It opens as the body of no other delivery, and the line between headers and body cannot be moved.
    private byte[] Place() => Encoding.UTF8.GetBytes($"gog.webhook/v1\n{Convert.ToHexStringLower(Delivery)}\n{Headers!.Length}\n{Length}");

    private static byte[]? Bytes(DbDataReader row, int at) => row.IsDBNull(at) ? null : row.GetFieldValue<byte[]>(at);
}

/// <summary>Headers (JSON) and compressed body in the clear.</summary>
/// <param name="Gone">Why there are none; null when they are there.</param>
internal sealed record OpenedBody(byte[] Headers, byte[] Body, int Length, string? Gone)
{
    public static OpenedBody Without(string why) => new([], [], 0, why);

    /// <summary>The body as it was received.</summary>
    public byte[] Inflate() => Gone is null ? Zlib.Decompress(Body, Length) : [];
}
