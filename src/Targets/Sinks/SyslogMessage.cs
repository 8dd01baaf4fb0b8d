using System.Globalization;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Exports.Views;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Sinks;

/// <summary>Entries as messages of RFC 5424 in the frames of RFC 6587 §3.4.1: <c>LENGTH SP MESSAGE</c>, the length in bytes.</summary>
internal static class SyslogMessage
{
    // Log audit (RFC 5424 §6.2.1).
    private const int Facility = 13;
    private const int LongestHost = 255;
    private const int LongestId = 32;

    public static byte[] Frame(AuditLeaf leaf, EntryView view, LogPlace place)
    {
        var message = Write(leaf, view, place);
        return [.. Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + " "), .. message];
    }

    /// <summary>
    /// One message. What follows the structured data are the view's bytes as they are, without a byte order mark, so that a leaf can be cut out and
    /// hashed. The enterprise number 32473 is the one that RFC 5612 keeps for those who have none.
    /// </summary>
    private static byte[] Write(AuditLeaf leaf, EntryView view, LogPlace place)
    {
        var fields = LeafFields.Read(leaf.Bytes);
        var priority = (Facility * 8) + SeverityOf(fields.Outcome);
        var time = fields.At.UtcDateTime.ToString(PlacedEntry.TimeFormat, CultureInfo.InvariantCulture);
        var about = string.Create(CultureInfo.InvariantCulture, $"[gog@32473 seq=\"{leaf.Index}\" id=\"{fields.Id}\" leaf_sha256=\"{Convert.ToHexStringLower(leaf.Hash.Span)}\" view=\"{view.Name}\"]");
        var head = string.Create(CultureInfo.InvariantCulture, $"<{priority}>1 {time} {Word(place.Host, LongestHost)} gitops-gate - {Word(fields.Type, LongestId)} {about} ");
        return [.. Encoding.ASCII.GetBytes(head), .. view.One(leaf, place).Span];
    }

    // RFC 5424 §6.2.1: error, warning, notice, informational.
    private static int SeverityOf(string outcome) => outcome switch
    {
        "error" => 3,
        "deny" or "failure" => 4,
        "pending" => 5,
        _ => 6,
    };

    private static string Word(string text, int most)
    {
        var word = string.Concat(text.Where(letter => letter is > ' ' and < '\x7f'));
        return word.Length == 0 ? "-" : word.Length > most ? word[..most] : word;
    }
}
