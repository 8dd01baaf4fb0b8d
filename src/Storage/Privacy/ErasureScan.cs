using System.Text;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage.Privacy;

/// <summary>The rows that name a person, found without holding up the writer.</summary>
internal sealed record ErasureScan(List<(TextColumn Column, object Key)> Texts, List<object> Evidence, List<object> Deliveries, long Waiting, long Left)
{
    public static ErasureScan Nothing { get; } = new([], [], [], 0, 0);

    /// <summary>Digests of kept rules and bundles that name the person.</summary>
    public List<string> Kept { get; init; } = [];

    public bool IsEmpty => Texts.Count == 0 && Evidence.Count == 0 && Deliveries.Count == 0 && Kept.Count == 0;

    /// <summary>Looks everywhere. Rows that keep the name because it is a part of another thing's name are counted.</summary>
    public static ErasureScan Run(Session session, Mentions mentions, SubjectKeys keys, CancellationToken cancellation)
    {
        var (texts, left) = (new List<(TextColumn, object)>(), 0L);
        foreach (var column in TextColumn.All)
        {
            foreach (var (key, text) in StoredTexts.Of(session, column))
            {
                cancellation.ThrowIfCancellationRequested();
                var rewritten = column.Rewrite(mentions, text);
                if (rewritten is not null) texts.Add((column, key));
                if (mentions.AreIn(rewritten ?? text)) left++;
            }
        }

        var evidence = StoredTexts.Evidence(session).Where(one => Names(mentions, Encoding.UTF8.GetString(one.Body))).Select(one => one.Key).ToList();
        var (deliveries, waiting) = (new List<object>(), 0L);
        foreach (var (key, text, isWalked) in StoredTexts.Deliveries(session, keys, (int)DeliveryState.Dead))
        {
            cancellation.ThrowIfCancellationRequested();
            // What does not open may name the person in a copy whose key is elsewhere.
            if (text is not null && !Names(mentions, text)) continue;
            if (isWalked) deliveries.Add(key);
            else waiting++;
        }

        var kept = StoredTexts.Kept(session).Where(one => Names(mentions, Encoding.UTF8.GetString(one.Body))).Select(one => one.Digest).ToList();
        return new ErasureScan(texts, evidence, deliveries, waiting, left) { Kept = kept };
    }

    /// <summary>Whether a text names the person; JSON may write any letter as an escape.</summary>
    public static bool Names(Mentions mentions, string text) =>
        mentions.AreIn(text) || (text.Contains("\\u", StringComparison.Ordinal) && mentions.AreIn(Unescaped(text)));

    private static string Unescaped(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            var isEscape = text[at] == '\\' && at + 5 < text.Length && text[at + 1] == 'u';
            if (isEscape && ushort.TryParse(text.AsSpan(at + 2, 4), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var letter))
            {
                plain.Append((char)letter);
                at += 5;
            }
            else
            {
                plain.Append(text[at]);
            }
        }

        return plain.ToString();
    }
}
